import assert from "node:assert/strict";
import { SeededRandom } from "../../base/mod.ts";
import type { MemoryCluster } from "./memory-cluster.ts";
import type { MemoryClient } from "./memory-client.ts";

const expiry = { sessionExpiryInterval: 1000 };

/** A client that answers everything as the standard asks, on whatever connection it has, and notes what it got. */
class Wanderer {
  readonly got: string[] = [];
  connection: MemoryClient | null = null;
  /** True once the present connection is accepted. */
  connected = false;
  readonly #cluster: MemoryCluster;
  /** QoS 2 identifiers that are not released. */
  readonly #received = new Set<number>();

  constructor(cluster: MemoryCluster) {
    this.#cluster = cluster;
  }

  connect(shard: number): void {
    this.connected = false;
    this.connection = this.#cluster.stream(shard);
    this.connection.connect("wanderer", { cleanStart: false, properties: expiry });
  }

  /** Takes what has come on a connection, the present one or an earlier one. */
  take(connection: MemoryClient): void {
    for (const packet of connection.take()) {
      if (packet.type === "connack") this.connected = true;
      if (packet.type === "pubrel") {
        this.#received.delete(packet.packetId);
        connection.answer("pubcomp", packet.packetId);
      } else if (packet.type === "publish") {
        if (!this.#received.has(packet.packetId)) this.got.push(Buffer.from(packet.payload).toString());
        this.#received.add(packet.packetId);
        connection.answer("pubrec", packet.packetId);
      }
    }
  }
}

function byNumber(left: string, right: string): number {
  return Number(left.slice(2)) - Number(right.slice(2));
}

/** What a {@link wander} is. */
export interface Wandering {
  readonly seed: number;
  /** What the client subscribes to: `t/#`, or that with a group. */
  readonly filter: string;
  readonly steps: number;
  /** Passes of the loop between two steps; default: 1. */
  readonly passes?: number;
}

/**
 * A client connects to one shard after the other while publishers on all of them publish at QoS 2: it gets everything
 * once and, where the subscription is its own, in the order of each publisher.
 * @returns how often it moved
 */
export async function wander(cluster: MemoryCluster, { seed, filter, steps, passes = 1 }: Wandering): Promise<number> {
  const random = new SeededRandom(seed);
  const publishers = cluster.shards.map((_, shard) => {
    const client = cluster.stream(shard);
    client.connect(`publisher ${shard}`);
    return client;
  });
  const wanderer = new Wanderer(cluster);
  wanderer.connect(0);
  wanderer.connection?.subscribe(filter);
  await cluster.settled();
  const sent: string[][] = [[], [], []];
  const earlier: MemoryClient[] = [];
  for (let step = 0; step < steps; step++) {
    const publisher = random.below(3);
    const payload = `${publisher}:${sent[publisher]?.length}`;
    sent[publisher]?.push(payload);
    const packetId = publishers[publisher]?.publish(`t/${random.below(2)}`, payload, { qos: 2 }) ?? 0;
    publishers[publisher]?.answer("pubrel", packetId);
    if (random.below(4) === 0 && wanderer.connected && wanderer.connection !== null) {
      earlier.push(wanderer.connection);
      wanderer.connect(random.below(3));
    }
    for (let pass = 0; pass < passes; pass++) await cluster.pass();
    for (const connection of [...earlier, wanderer.connection]) if (connection) wanderer.take(connection);
  }
  for (let round = 0; round < 20; round++) {
    await cluster.settled();
    for (const connection of [...earlier, wanderer.connection]) if (connection) wanderer.take(connection);
  }
  for (const [publisher, payloads] of sent.entries()) {
    const got = wanderer.got.filter((payload) => payload.startsWith(`${publisher}:`));
    // Section 4.6 promises an order to subscriptions that are not shared.
    const inOrder = filter.startsWith("$share") ? got.toSorted(byNumber) : got;
    assert.deepEqual(inOrder, payloads, `seed ${seed}`);
  }
  const sessions = cluster.shards.reduce((sum, shard) => sum + shard.sessions.size, 0);
  assert.equal(sessions, 4);
  return earlier.length;
}
