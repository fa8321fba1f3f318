import assert from "node:assert/strict";
import { test } from "node:test";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import * as packets from "../../test/kit/packet-writer.ts";
import { prop } from "../../test/kit/property-table.ts";
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
  /** The workload of `npm run bench` that it stands for. */
  readonly workload: string;
  readonly qos: 0 | 1;
  /** Default 1. */
  readonly publishers?: number;
  /** Default 1. */
  readonly subscribers?: number;
  /** Each publisher has a topic and a subscriber of its own. Default: all use the same. */
  readonly pairs?: boolean;
  /** MQTT 5.0 with a topic alias and two user properties. */
  readonly properties?: boolean;
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
async function bytesPerDelivery(flow: Flow, limit: number): Promise<number> {
  const { qos, publishers = 1, subscribers = 1, pairs = false, properties = false } = flow;
  const version = properties ? 5 : 4;
  await using broker = new MemoryBroker({ max_inflight_client: 65_535, max_inflight_server: 65_535 });
  const open = async (clientId: string): Promise<{ sink: Sink; owner: ChannelOwner }> => {
    const sink = new Sink();
    const owner = broker.shard.accept(sink, broker.entrance) ?? assert.fail("refused");
    sink.owner = owner;
    feed(owner, packets.connect({ version, clientId, keepAlive: 0 }));
    await turnOver();
    return { sink, owner };
  };
  const readers: { readonly sink: Sink; readonly owner: ChannelOwner }[] = [];
  for (let number = 0; number < subscribers; number++) {
    const reader = await open(`reader ${number}`);
    feed(reader.owner, packets.subscribe({ version, packetId: 1, filters: [{ filter: topicOf(flow, number), qos }] }));
    readers.push(reader);
  }
  const writers: ChannelOwner[] = [];
  for (let number = 0; number < publishers; number++) writers.push((await open(`publisher ${number}`)).owner);
  const reads = writers.map((_, number) => messagesOf(flow, topicOf(flow, number), messagesPerTurn / publishers));
  const readEach = messagesPerTurn / (pairs ? publishers : 1);
  let acked = 0;
  const turn = (): void => {
    for (const [number, owner] of writers.entries()) feed(owner, reads[number] as Buffer);
    broker.shard.turn.flush();
    if (qos === 0) return;
    const end = acked + 4 * readEach;
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
    least = Math.min(least, allocated / (turnsPerRound * readEach * subscribers));
  }
  // Where an alias comes with the topic, the topic goes on alone.
  const read = (reads[0] as Buffer).length - (properties ? 3 : 0);
  const delivered = rounds * turnsPerRound * read * (pairs ? 1 : publishers);
  for (const { sink } of readers) assert.ok(sink.writtenBytes >= delivered, "not everything was delivered");
  return least;
}

function topicOf({ pairs = false }: Flow, number: number): string {
  return pairs ? `a/${10 + number}` : "a/b";
}

/** What one publisher sends in a turn. */
function messagesOf({ qos, properties = false }: Flow, topic: string, count: number): Buffer {
  const payload = Buffer.alloc(100, "x");
  const user = [
    [prop.userProperty, ["region", "eu-central"]],
    [prop.userProperty, ["unit", "celsius"]],
  ] as const;
  return Buffer.concat(
    Array.from({ length: count }, (_, index) =>
      packets.publish({
        version: properties ? 5 : 4,
        topic: properties && index > 0 ? "" : topic,
        payload,
        qos,
        ...(qos === 0 ? {} : { packetId: index + 1 }),
        ...(properties ? { properties: [[prop.topicAlias, 1], ...user] } : {}),
      }),
    ),
  );
}

function feed(owner: ChannelOwner, bytes: Buffer): void {
  owner.onBytes(bytes, 0, bytes.length);
}

// The smallest object that V8 makes has 16 bytes: a promise, a closure, a string or an object for each message goes
// beyond every limit, and what a turn allocates, shared by its messages, stays far below.
const flows: readonly (readonly [flow: Flow, limit: number])[] = [
  // Each channel writes by itself here, as over node:net: a view of the arena, with five messages each.
  [{ workload: "pair", qos: 0, publishers: 51, subscribers: 51, pairs: true }, 48],
  [{ workload: "pair", qos: 1, publishers: 51, subscribers: 51, pairs: true }, 80],
  [{ workload: "window", qos: 0 }, 14],
  [{ workload: "window", qos: 1 }, 14],
  [{ workload: "fan-out", qos: 0, subscribers: 20 }, 6],
  [{ workload: "fan-out", qos: 1, subscribers: 20 }, 6],
  [{ workload: "fan-in", qos: 0, publishers: 17 }, 14],
  [{ workload: "pair-properties", qos: 0, properties: true }, 14],
];
for (const [flow, limit] of flows) {
  test(`a QoS ${flow.qos} message of the workload ${flow.workload} allocates at most ${limit} bytes`, async () => {
    const bytes = await bytesPerDelivery(flow, limit);
    assert.ok(bytes <= limit, `${bytes.toFixed(1)} bytes`);
  });
}
