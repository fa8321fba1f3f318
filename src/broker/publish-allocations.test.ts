import assert from "node:assert/strict";
import { test } from "node:test";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import * as packets from "../../test/kit/packet-writer.ts";
import type { Peer } from "../base/mod.ts";
import { Channel, type ChannelOwner } from "../transport/mod.ts";
import { MemoryBroker } from "./fuzz/memory-broker.ts";

/** A stream whose peer takes everything at once: what is measured is the broker alone. */
class Sink extends Channel {
  readonly waitingBytes = 0;
  writtenBytes = 0;

  protected describePeer(): Peer {
    return { address: "sink", port: 0, proxy: null, tls: null, certificate: null, identity: null };
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
  afterTurn(): void {}

  write(bytes: Buffer): boolean {
    this.writtenBytes += bytes.length;
    return true;
  }
}

interface Flow {
  readonly qos: 0 | 1;
  readonly subscribers: number;
}

/** Messages that one read brings; 65,535 packet identifiers are a whole number of turns. */
const messagesPerTurn = 255;
const turnsPerRound = 50;
/** Rounds after which what is still allocated is not for warming up. */
const roundsMax = 100;

// Where other work keeps the compiler's threads waiting, the broker would be measured as it is before it is optimized.
setFlagsFromString("--no-concurrent-recompilation");

/** All PUBACK packets there are, in order. */
const pubacks = Buffer.concat(Array.from({ length: 65_535 }, (_, index) => packets.puback(index + 1)));

async function turnOver(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Bytes that V8 allocates for each message that a subscriber gets: the least of many rounds, because what compiling and
 * warming up allocate only adds. Ends when that is within the limit.
 */
async function bytesPerDelivery({ qos, subscribers }: Flow, limit: number): Promise<number> {
  await using broker = new MemoryBroker({ max_inflight_client: 65_535, max_inflight_server: 65_535 });
  const open = async (clientId: string): Promise<{ sink: Sink; owner: ChannelOwner }> => {
    const sink = new Sink();
    const owner = broker.shard.accept(sink, broker.entrance) ?? assert.fail("refused");
    sink.owner = owner;
    feed(owner, packets.connect({ version: 4, clientId, keepAlive: 0 }));
    await turnOver();
    return { sink, owner };
  };
  const readers: { readonly sink: Sink; readonly owner: ChannelOwner }[] = [];
  for (let number = 0; number < subscribers; number++) {
    const reader = await open(`reader ${number}`);
    feed(reader.owner, packets.subscribe({ version: 4, packetId: 1, filters: [{ filter: "a/b", qos }] }));
    readers.push(reader);
  }
  const { owner } = await open("publisher");
  const payload = Buffer.alloc(100, "x");
  const read = Buffer.concat(
    Array.from({ length: messagesPerTurn }, (_, index) =>
      packets.publish({ version: 4, topic: "a/b", payload, qos, ...(qos === 0 ? {} : { packetId: index + 1 }) }),
    ),
  );
  let acked = 0;
  const turn = (): void => {
    owner.onBytes(read, 0, read.length);
    broker.shard.turn.flush();
    if (qos === 0) return;
    const end = acked + 4 * messagesPerTurn;
    for (const reader of readers) reader.owner.onBytes(pubacks, acked, end);
    acked = end % pubacks.length;
  };
  let least = Number.POSITIVE_INFINITY;
  let rounds = 0;
  for (; rounds < roundsMax && least > limit; rounds++) {
    const before = getHeapStatistics().total_allocated_bytes;
    for (let count = 0; count < turnsPerRound; count++) turn();
    const allocated = getHeapStatistics().total_allocated_bytes - before;
    await turnOver();
    least = Math.min(least, allocated / (turnsPerRound * messagesPerTurn * subscribers));
  }
  const delivered = rounds * turnsPerRound * read.length;
  for (const { sink } of readers) assert.ok(sink.writtenBytes >= delivered, "not everything was delivered");
  return least;
}

function feed(owner: ChannelOwner, bytes: Buffer): void {
  owner.onBytes(bytes, 0, bytes.length);
}

// The smallest object that V8 makes has 16 bytes: a promise, a closure, a string or an object for each message goes
// beyond every limit, and what a turn allocates, shared by its messages, stays far below.
const flows: readonly (readonly [flow: Flow, limit: number])[] = [
  [{ qos: 0, subscribers: 1 }, 14],
  [{ qos: 0, subscribers: 20 }, 6],
  [{ qos: 1, subscribers: 1 }, 14],
  [{ qos: 1, subscribers: 20 }, 6],
];
for (const [flow, limit] of flows) {
  const { qos, subscribers } = flow;
  test(`a QoS ${qos} message to ${subscribers} subscribers allocates at most ${limit} bytes for each`, async () => {
    const bytes = await bytesPerDelivery(flow, limit);
    assert.ok(bytes <= limit, `${bytes.toFixed(1)} bytes`);
  });
}
