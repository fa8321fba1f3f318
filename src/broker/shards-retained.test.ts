import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../base/mod.ts";
import { topicName } from "../protocol/mod.ts";
import { MemoryCluster } from "./fuzz/memory-cluster.ts";
import type { MemoryClient } from "./fuzz/memory-client.ts";

const seed = 20_260_703;
const topics = ["t/1", "t/2", "t/3"];

async function publishers(cluster: MemoryCluster): Promise<MemoryClient[]> {
  const all = cluster.shards.map((_, shard) => {
    const client = cluster.stream(shard);
    client.connect(`publisher ${shard}`);
    return client;
  });
  await cluster.settled();
  return all;
}

function held(cluster: MemoryCluster): string[] {
  return cluster.shards.map(({ retained }) =>
    topics.map((topic) => retained.get(topicName(topic))?.payload.toString() ?? "-").join(" "),
  );
}

test("a retained message is replayed on every shard, and its deletion counts on every shard", async () => {
  await using cluster = new MemoryCluster({ shards: 3, seed });
  const all = await publishers(cluster);
  all[0]?.publish("t/1", "x", { retain: true, qos: 1 });
  await cluster.settled();
  const late = cluster.stream(2);
  late.connect("late");
  late.subscribe("t/#");
  await cluster.settled();
  assert.deepEqual(late.words(), ["connack", "suback 2", "x qos1 #1 retain"]);
  all[1]?.publish("t/1", "", { retain: true });
  await cluster.settled();
  assert.deepEqual(held(cluster), ["- - -", "- - -", "- - -"]);
});

test("all shards hold the same retained messages after concurrent changes, and forget what was deleted", async () => {
  for (let run = 0; run < 40; run++) {
    await using cluster = new MemoryCluster({ shards: 3, seed: seed + run });
    const random = new SeededRandom(seed + run);
    const all = await publishers(cluster);
    for (let change = 0; change < 60; change++) {
      const topic = topics[random.below(3)] as string;
      const payload = random.below(3) === 0 ? "" : String(change);
      all[random.below(3)]?.publish(topic, payload, { retain: true });
      await cluster.pass();
    }
    await cluster.settled();
    const [first, ...others] = held(cluster);
    for (const other of others) assert.equal(other, first, `seed ${seed + run}`);
  }
});

test("a shard that comes later knows what is retained, what is subscribed, and what was deleted", async () => {
  for (let run = 0; run < 20; run++) {
    await using cluster = new MemoryCluster({ shards: 2, seed: seed + run });
    const random = new SeededRandom(seed + run);
    const all = await publishers(cluster);
    all[1]?.subscribe("t/3", { qos: 1 });
    const change = (): void => {
      const payload = random.below(3) === 0 ? "" : String(random.below(1000));
      all[random.below(2)]?.publish(topics[random.below(3)] as string, payload, { retain: true });
    };
    for (let changes = 0; changes < 20; changes++) {
      change();
      await cluster.pass();
    }
    cluster.add();
    for (let changes = 0; changes < 20; changes++) {
      change();
      await cluster.pass();
    }
    await cluster.settled();
    const [first, ...others] = held(cluster);
    for (const other of others) assert.equal(other, first, `seed ${seed + run}`);
    all[1]?.take();
    const late = cluster.stream(2);
    late.connect("late");
    late.publish("t/3", "from the new shard", { qos: 1 });
    await cluster.settled();
    assert.ok(all[1]?.words().some((word) => word.startsWith("from the new shard")));
  }
});

test("a shard that has gone is not waited for, and what it wanted is forgotten", async () => {
  await using cluster = new MemoryCluster({ shards: 3, seed });
  const all = await publishers(cluster);
  for (const client of all) client.take();
  all[2]?.subscribe("t");
  await cluster.settled();
  cluster.network.remove(2);
  all[0]?.publish("t", "x", { qos: 1 });
  all[0]?.subscribe("u");
  const fresh = cluster.stream(1);
  fresh.connect("fresh");
  await cluster.settled();
  assert.deepEqual(all[0]?.words(), ["puback #1 0x10", "suback 2"]);
  assert.deepEqual(fresh.words(), ["connack"]);
});
