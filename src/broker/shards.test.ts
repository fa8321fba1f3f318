import assert from "node:assert/strict";
import { test } from "node:test";
import type { PublishPacket } from "../protocol/mod.ts";
import { MemoryCluster } from "./fuzz/memory-cluster.ts";
import type { MemoryClient } from "./fuzz/memory-client.ts";

const seed = 20_260_701;

/** Clients `a`, `b`, … on shards 0, 1, …, connected and settled. */
async function clients(cluster: MemoryCluster, count: number): Promise<MemoryClient[]> {
  const all = Array.from({ length: count }, (_, index) => {
    const client = cluster.stream(index);
    client.connect(String.fromCodePoint(97 + index));
    return client;
  });
  await cluster.settled();
  for (const client of all) client.take();
  return all;
}

function publications(client: MemoryClient): PublishPacket[] {
  return client.take().filter((packet) => packet.type === "publish");
}

test("a message reaches subscribers on other shards, in the order of its publisher", async () => {
  await using cluster = new MemoryCluster({ shards: 3, seed });
  const [a, b, c] = (await clients(cluster, 3)) as [MemoryClient, MemoryClient, MemoryClient];
  b.subscribe("t/#");
  c.subscribe("t/+");
  await cluster.settled();
  for (const client of [b, c]) client.take();
  for (let number = 0; number < 20; number++) a.publish(`t/${number % 3}`, String(number));
  await cluster.settled();
  const wanted = Array.from({ length: 20 }, (_, number) => String(number));
  for (const client of [b, c]) {
    assert.deepEqual(
      publications(client).map(({ payload }) => Buffer.from(payload).toString()),
      wanted,
    );
  }
});

test("properties, QoS and what is left of the expiry come over with a message", async () => {
  await using cluster = new MemoryCluster({ shards: 2, seed });
  const [a, b] = (await clients(cluster, 2)) as [MemoryClient, MemoryClient];
  b.send({
    type: "subscribe",
    packetId: 7,
    entries: [{ filter: "t", qos: 1, noLocal: false, retainAsPublished: true, retainHandling: 0 }],
    properties: { subscriptionIdentifiers: [42] },
  });
  await cluster.settled();
  b.take();
  const properties = {
    messageExpiryInterval: 100,
    contentType: "text/plain",
    responseTopic: "r",
    correlationData: new Uint8Array([1, 2]),
    userProperties: [
      ["k", "v1"],
      ["k", "v2"],
    ] as [string, string][],
    topicAlias: 3,
  };
  a.publish("t", "x", { qos: 2, retain: true, properties });
  await cluster.settled();
  const [packet] = publications(b);
  assert.equal(packet?.qos, 1);
  assert.equal(packet.retain, true);
  const { topicAlias, ...forwarded } = properties;
  assert.equal(topicAlias, 3);
  assert.deepEqual(packet.properties, { ...forwarded, subscriptionIdentifiers: [42] });
});

test("a publisher is told that nobody subscribes only where nobody on any shard does", async () => {
  await using cluster = new MemoryCluster({ shards: 2, seed });
  const [a, b] = (await clients(cluster, 2)) as [MemoryClient, MemoryClient];
  b.subscribe("t");
  await cluster.settled();
  a.publish("t", "x", { qos: 1 });
  a.publish("u", "x", { qos: 1 });
  await cluster.settled();
  assert.deepEqual(a.words(), ["puback #1", "puback #2 0x10"]);
  b.unsubscribe("t");
  await cluster.settled();
  a.publish("t", "x", { qos: 1 });
  await cluster.settled();
  assert.deepEqual(a.words(), ["puback #3 0x10"]);
});

test("as long as one of several subscriptions to a filter is left, the shard still gets its messages", async () => {
  await using cluster = new MemoryCluster({ shards: 2, seed });
  const [a, b] = (await clients(cluster, 2)) as [MemoryClient, MemoryClient];
  const other = cluster.stream(1);
  other.connect("other");
  for (const client of [b, other]) client.subscribe("t");
  await cluster.settled();
  b.unsubscribe("t");
  await cluster.settled();
  for (const client of [b, other]) client.take();
  a.publish("t", "x");
  await cluster.settled();
  assert.deepEqual(
    [b, other].map((client) => publications(client).length),
    [0, 1],
  );
});

test("a message is sent once to a shard, however many of its clients want it", async () => {
  await using cluster = new MemoryCluster({ shards: 2, seed });
  const [a, b] = (await clients(cluster, 2)) as [MemoryClient, MemoryClient];
  for (const filter of ["t", "+", "#", "t/#"]) b.subscribe(filter);
  await cluster.settled();
  b.take();
  a.publish("t", "x");
  await cluster.settled();
  assert.equal(publications(b).length, 1);
  assert.equal(cluster.shards[1]?.statistics.messagesPublished, 0);
});

test("a SUBACK says that messages of publishers on all shards reach the subscriber from now on", async () => {
  for (let run = 0; run < 30; run++) {
    await using cluster = new MemoryCluster({ shards: 3, seed: seed + run });
    const [a, b] = (await clients(cluster, 2)) as [MemoryClient, MemoryClient];
    b.subscribe("t");
    while (b.inbox.length === 0) await cluster.pass();
    a.publish("t", "x", { qos: 1 });
    await cluster.settled();
    assert.deepEqual(b.words(), ["suback 2", "x qos1 #1"], `seed ${seed + run}`);
    assert.deepEqual(a.words(), ["puback #1"]);
  }
});

test("a shard that hangs holds up a SUBACK for a second, not for good", async () => {
  await using cluster = new MemoryCluster({ shards: 2, seed });
  const [a] = (await clients(cluster, 2)) as [MemoryClient, MemoryClient];
  cluster.network.cut(1);
  a.subscribe("t");
  await cluster.settled();
  assert.deepEqual(a.words(), []);
  await cluster.advance(1);
  assert.deepEqual(a.words(), ["suback 2"]);
});

test("a retained message reaches one who subscribes on another shard meanwhile, live or as retained, once", async () => {
  for (let run = 0; run < 60; run++) {
    await using cluster = new MemoryCluster({ shards: 2, seed: seed + run });
    const [a, b] = (await clients(cluster, 2)) as [MemoryClient, MemoryClient];
    a.publish("t", "x", { qos: 1, retain: true });
    for (let passes = run % 6; passes > 0; passes--) await cluster.pass();
    b.subscribe("t");
    await cluster.settled();
    assert.equal(publications(b).length, 1, `seed ${seed + run}`);
  }
});
