import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBroker } from "../broker/fuzz/memory-broker.ts";
import type { MemoryClient } from "../broker/fuzz/memory-client.ts";
import type { SubscribePacket, UnsubscribePacket } from "../protocol/mod.ts";

const count = 5000;
const filters = Array.from({ length: count }, (_, index) => `devices/${index}/state`);

function subscribeToAll(): SubscribePacket {
  const options = { qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
  const entries = filters.map((filter) => ({ filter, ...options }));
  return { type: "subscribe", packetId: 1, entries, properties: {} };
}

const unsubscribeFromAll: UnsubscribePacket = { type: "unsubscribe", packetId: 2, filters, properties: {} };

async function connected(broker: MemoryBroker, clientId: string): Promise<MemoryClient> {
  const client = broker.stream();
  client.connect(clientId);
  await broker.settled();
  client.take();
  return client;
}

async function manyTurns(broker: MemoryBroker): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await broker.settled();
}

test("thousands of filters in one SUBSCRIBE are answered by one SUBACK, and hold", async () => {
  await using broker = new MemoryBroker();
  const client = await connected(broker, "c");
  client.send(subscribeToAll());
  await manyTurns(broker);
  const [suback] = client.take();
  assert.ok(suback?.type === "suback" && suback.reasonCodes.length === count);
  assert.ok(suback.reasonCodes.every((code) => code === 1));
  assert.equal(broker.shard.router.subscriptionCount, count);
  client.publish("devices/4999/state", "m");
  await broker.settled();
  assert.deepEqual(client.words(), ["m qos0"]);
});

test("what stands behind a large packet is handled after it, in order", async () => {
  await using broker = new MemoryBroker();
  const client = await connected(broker, "c");
  client.send(subscribeToAll(), { type: "pingreq" }, unsubscribeFromAll, { type: "pingreq" });
  client.publish("x", "m", { qos: 1, packetId: 3 });
  await manyTurns(broker);
  assert.deepEqual(
    client.take().map(({ type }) => type),
    ["suback", "pingresp", "unsuback", "pingresp", "puback"],
  );
  assert.equal(broker.shard.router.subscriptionCount, 0);
});

test("a client that ends its side behind a large SUBSCRIBE has it served, and what follows, before it is gone", async () => {
  await using broker = new MemoryBroker();
  const client = broker.stream();
  client.connect("c", { properties: { sessionExpiryInterval: 60 } });
  await broker.settled();
  client.take();
  client.send(subscribeToAll());
  client.publish("x", "m", { qos: 1, packetId: 3 });
  client.peer.end();
  await manyTurns(broker);
  assert.deepEqual(
    client.take().map(({ type }) => type),
    ["suback", "puback"],
  );
  assert.deepEqual([client.closed, broker.shard.router.subscriptionCount], [true, count]);
});

test("a client that leaves in the middle of a large packet leaves nothing behind", async () => {
  for (const end of ["reset", "cut", "take-over"] as const) {
    await using broker = new MemoryBroker();
    const client = await connected(broker, "c");
    client.send(subscribeToAll());
    if (end === "reset") client.peer.destroy();
    if (end === "cut") client.peer.end();
    if (end === "take-over") await connected(broker, "c");
    await manyTurns(broker);
    assert.equal(broker.shard.router.subscriptionCount, 0, end);
  }
});

test("a malformed packet is refused however large it is", async () => {
  await using broker = new MemoryBroker();
  const client = await connected(broker, "c");
  const bytes = Buffer.alloc(20_005);
  bytes.set([0x82, 0xa0, 0x9c, 0x01, 0x00, 0x01, 0x00, 0xff, 0xff]);
  client.peer.send(bytes);
  await manyTurns(broker);
  assert.deepEqual([client.words(), client.closed], [["disconnect 0x81"], true]);
});

test("many clients that subscribe at the same moment let others in between", async () => {
  await using broker = new MemoryBroker();
  const subscribers: MemoryClient[] = [];
  for (let index = 0; index < 50; index++) subscribers.push(await connected(broker, `s${index}`));
  const other = await connected(broker, "other");
  const { router } = broker.shard;
  const subscribe = router.subscribe.bind(router);
  router.subscribe = (...asked) => {
    broker.clock.advance(1);
    return subscribe(...asked);
  };
  const options = { qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
  for (const client of subscribers) {
    client.send({ type: "subscribe", packetId: 1, entries: [{ filter: "a", ...options }], properties: {} });
  }
  other.send({ type: "pingreq" });
  let answered = 0;
  while (answered === 0) {
    await new Promise((resolve) => setImmediate(resolve));
    answered = other.take().length;
  }
  assert.ok(router.subscriptionCount < 25, `${router.subscriptionCount} subscriptions before the ping was answered`);
  await manyTurns(broker);
  assert.equal(router.subscriptionCount, 50);
  for (const client of subscribers) assert.equal(client.take()[0]?.type, "suback");
});
