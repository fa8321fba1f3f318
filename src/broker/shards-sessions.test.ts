import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../base/mod.ts";
import type { Shard } from "./shard.ts";
import { MemoryCluster } from "./fuzz/memory-cluster.ts";
import { wander } from "./fuzz/wanderer.ts";
import type { MemoryClient } from "./fuzz/memory-client.ts";

const seed = 20_260_704;
const expiry = { sessionExpiryInterval: 1000 };

function total(cluster: MemoryCluster, count: (shard: Shard) => number): number {
  return cluster.shards.reduce((sum, shard) => sum + count(shard), 0);
}

for (const [name, filter] of [
  ["its subscription", "t/#"],
  ["its shared subscription", "$share/g/t/#"],
] as const) {
  test(`a client that moves between shards gets everything of ${name} once, and in order, while others publish`, async () => {
    let moves = 0;
    for (let run = 0; run < 35; run++) {
      await using cluster = new MemoryCluster({ shards: 3, seed: seed + run });
      moves += await wander(cluster, { seed: seed + run, filter, steps: 120 });
    }
    assert.ok(moves > 100, `${moves} moves`);
  });
}

test("of connections that a client opens on all shards at once, one is left", async () => {
  for (let run = 0; run < 60; run++) {
    await using cluster = new MemoryCluster({ shards: 4, seed: seed + run });
    const random = new SeededRandom(seed + run);
    const connections: MemoryClient[] = [];
    for (let count = 0; count < 8; count++) {
      const connection = cluster.stream(count);
      connection.connect("same", { cleanStart: random.below(3) === 0, properties: expiry });
      connections.push(connection);
      if (random.below(2) === 0) await cluster.pass();
    }
    await cluster.settled();
    assert.equal(connections.filter(({ closed }) => !closed).length, 1, `seed ${seed + run}`);
    assert.equal(
      total(cluster, ({ statistics }) => statistics.clients),
      1,
    );
    assert.equal(
      total(cluster, ({ sessions }) => sessions.size),
      1,
    );
  }
});

test("a client that connects to another shard is taken over there, and told so here", async () => {
  await using cluster = new MemoryCluster({ shards: 2, seed });
  const old = cluster.stream(0);
  old.connect("c", { properties: expiry });
  old.subscribe("t");
  await cluster.settled();
  old.take();
  const back = cluster.stream(1);
  back.connect("c", { cleanStart: false, properties: expiry });
  await cluster.settled();
  assert.deepEqual(old.words(), ["disconnect 0x8e"]);
  assert.deepEqual(back.words(), ["connack present"]);
  assert.deepEqual(
    cluster.shards.map(({ router }) => router.subscriptionCount),
    [0, 1],
  );
});

test("a client with many messages in flight that comes back by another shard can acknowledge each of them", async () => {
  await using cluster = new MemoryCluster({ shards: 2, seed });
  const old = cluster.stream(0);
  old.connect("c", { properties: expiry });
  old.subscribe("t");
  const publisher = cluster.stream(0);
  publisher.connect("publisher");
  await cluster.settled();
  for (let count = 0; count < 30; count++) publisher.publish("t", `${count}`, { qos: 2 });
  await cluster.settled();
  const back = cluster.stream(1);
  back.connect("c", { cleanStart: false, properties: expiry });
  await cluster.settled();
  const sent = back.take().filter((packet) => packet.type === "publish");
  assert.equal(sent.length, 30);
  for (const { packetId } of sent) back.answer("pubrec", packetId);
  await cluster.settled();
  assert.deepEqual(
    back.words(),
    sent.map(({ packetId }) => `pubrel #${packetId}`),
  );
});

test("the will of the old connection is published when the client connects to another shard", async () => {
  await using cluster = new MemoryCluster({ shards: 2, seed });
  const watcher = cluster.stream(1);
  watcher.connect("watcher");
  watcher.subscribe("will/#");
  const will = { topic: "will/c", payload: Buffer.from("gone"), qos: 1, retain: false, properties: {} } as const;
  const old = cluster.stream(0);
  old.connect("c", { will });
  await cluster.settled();
  watcher.take();
  cluster.stream(1).connect("c");
  await cluster.settled();
  assert.deepEqual(watcher.words(), ["gone qos1 #1"]);
});

test("a delayed will moves with its session and is published once, unless the client is back in time", async () => {
  await using cluster = new MemoryCluster({ shards: 2, seed });
  const watcher = cluster.stream(0);
  watcher.connect("watcher");
  watcher.subscribe("will/#");
  const will = {
    topic: "will/c",
    payload: Buffer.from("gone"),
    qos: 1,
    retain: false,
    properties: { willDelayInterval: 10 },
  } as const;
  const first = cluster.stream(0);
  first.connect("c", { will, properties: expiry });
  await cluster.settled();
  watcher.take();
  first.peer.destroy();
  await cluster.advance(5);
  const back = cluster.stream(1);
  back.connect("c", { cleanStart: false, properties: expiry, will });
  await cluster.settled();
  await cluster.advance(20);
  assert.deepEqual(watcher.words(), []);
  back.peer.destroy();
  await cluster.settled();
  await cluster.advance(11);
  assert.deepEqual(watcher.words(), ["gone qos1 #1"]);
});

test("a shard that does not answer holds up a connecting client for a second, not for good", async () => {
  await using cluster = new MemoryCluster({ shards: 2, seed });
  await cluster.settled();
  cluster.network.cut(1);
  const client = cluster.stream(0);
  client.connect("c");
  await cluster.settled();
  assert.deepEqual(client.words(), []);
  await cluster.advance(1);
  assert.deepEqual(client.words(), ["connack"]);
});
