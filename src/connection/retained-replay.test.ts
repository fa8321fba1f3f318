import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBroker } from "../broker/fuzz/memory-broker.ts";
import type { MemoryClient } from "../broker/fuzz/memory-client.ts";
import type { Properties, Qos } from "../protocol/mod.ts";

/** A broker that holds so many retained messages `t/0`, `t/1`, ... and a client. */
async function prepared(count: number, qos: Qos, settings: ConstructorParameters<typeof MemoryBroker>[0] = {}) {
  const broker = new MemoryBroker({ max_inflight_server: 65_535, ...settings });
  const publisher = broker.stream();
  publisher.connect("publisher");
  for (let index = 0; index < count; index++) publisher.publish(`t/${index}`, `m${index}`, { retain: true, qos });
  if (qos === 2) for (let packetId = 1; packetId <= count; packetId++) publisher.answer("pubrel", packetId);
  await broker.settled();
  assert.equal(broker.shard.retained.count, count);
  return { broker, publisher, client: await connected(broker, "c") };
}

async function connected(broker: MemoryBroker, clientId: string, properties: Properties = {}): Promise<MemoryClient> {
  const client = broker.stream();
  client.connect(clientId, { cleanStart: false, properties });
  await broker.settled();
  client.take();
  return client;
}

async function manyTurns(broker: MemoryBroker): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await broker.settled();
}

test("all retained messages reach a new subscriber, each once and with RETAIN", async () => {
  const { broker, client } = await prepared(2000, 0);
  await using _ = broker;
  client.subscribe("t/#");
  await manyTurns(broker);
  const words = client.words();
  assert.equal(words.shift(), "suback 2");
  assert.deepEqual(
    words,
    Array.from({ length: 2000 }, (_unused, index) => `m${index} qos0 retain`),
  );
});

test("a long replay does not hold up another client", async () => {
  const { broker, client } = await prepared(2000, 0, { retained_replay_batch: 10 });
  await using _ = broker;
  const other = await connected(broker, "other");
  client.subscribe("t/#");
  other.send({ type: "pingreq" });
  let turns = 0;
  for (; other.inbox.length === 0; turns++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(turns < 10, `the answer took ${turns} turns`);
  assert.ok(client.inbox.length < 200, `${client.inbox.length} messages came first`);
  await manyTurns(broker);
});

test("a live message does not wait behind a long replay", async () => {
  const { broker, client, publisher } = await prepared(2000, 0, { retained_replay_batch: 10 });
  await using _ = broker;
  client.subscribe("t/#");
  client.subscribe("live");
  publisher.publish("live", "live");
  await broker.settled();
  const words = client.words();
  assert.ok(words.includes("live qos0") && words.length < 500, `${words.length} packets`);
});

test("a replay goes on as the client acknowledges, and nothing piles up in its session", async () => {
  const { broker } = await prepared(300, 1);
  await using _ = broker;
  const client = await connected(broker, "narrow", { receiveMaximum: 5 });
  client.subscribe("t/#");
  const got: string[] = [];
  for (let round = 0; got.length < 300 && round < 1000; round++) {
    await broker.settled();
    assert.ok((broker.shard.sessions.get("narrow")?.queued ?? 0) <= 1);
    for (const packet of client.take()) {
      if (packet.type !== "publish") continue;
      got.push(Buffer.from(packet.payload).toString());
      client.answer("puback", packet.packetId);
    }
  }
  assert.equal(new Set(got).size, 300);
});

test("a replay to a client that does not read waits, and goes on when it reads", async () => {
  const { broker, client } = await prepared(5000, 0, { max_output_bytes_per_connection: 131_072 });
  await using _ = broker;
  const payload = "x".repeat(200);
  const publisher = await connected(broker, "large");
  for (let index = 0; index < 5000; index++) publisher.publish(`t/${index}`, payload, { retain: true });
  await broker.settled();
  client.peer.stalled = true;
  client.subscribe("t/#");
  await manyTurns(broker);
  const waiting = Math.max(...[...broker.shard.context.connections].map(({ channel }) => channel.waitingBytes));
  assert.ok(waiting > 100_000 && waiting < 250_000, `${waiting} bytes wait`);
  for (let round = 0; client.inbox.length < 5001 && round < 100; round++) {
    client.peer.drain();
    await manyTurns(broker);
  }
  assert.equal(client.take().length, 5001);
});

test("who unsubscribes is owed no more retained messages", async () => {
  const { broker, client } = await prepared(2000, 0, { retained_replay_batch: 10 });
  await using _ = broker;
  client.subscribe("t/#");
  client.unsubscribe("t/#");
  await manyTurns(broker);
  const words = client.words();
  assert.ok(words.includes("unsuback 0"));
  assert.ok(words.length < 200, `${words.length} packets`);
});

test("a client that subscribes again and again and takes nothing is not owed without limit", async () => {
  const { broker } = await prepared(100, 1);
  await using _ = broker;
  const client = await connected(broker, "narrow", { receiveMaximum: 1 });
  for (let count = 0; count < 5000; count++) client.subscribe("t/#");
  await broker.settled();
  const owed = [...broker.shard.context.connections].map(({ replays }) => replays?.length ?? 0);
  assert.ok(Math.max(...owed) <= 1000, `${Math.max(...owed)} replays`);
});

test("what has expired is not sent, and the rest is", async () => {
  const { broker, client, publisher } = await prepared(10, 0);
  await using _ = broker;
  for (let index = 0; index < 5; index++) {
    publisher.publish(`t/${index}`, "short", { retain: true, properties: { messageExpiryInterval: 5 } });
  }
  await broker.settled();
  await broker.advance(6);
  client.subscribe("t/#");
  await manyTurns(broker);
  assert.deepEqual(client.words(), ["suback 2", ...[5, 6, 7, 8, 9].map((index) => `m${index} qos0 retain`)]);
});

for (const end of ["cut", "take-over"] as const) {
  test(`what a persistent client was owed when it left (${end}) waits in its session`, async () => {
    const { broker } = await prepared(50, 1);
    await using _ = broker;
    const client = await connected(broker, "narrow", { receiveMaximum: 1, sessionExpiryInterval: 100 });
    client.subscribe("t/#");
    await broker.settled();
    if (end === "cut") client.peer.end();
    if (end === "cut") await broker.settled();
    const back = broker.stream();
    back.connect("narrow", { cleanStart: false, properties: { sessionExpiryInterval: 100 } });
    await manyTurns(broker);
    const payloads = back
      .take()
      .flatMap((packet) => (packet.type === "publish" ? [Buffer.from(packet.payload).toString()] : []));
    assert.equal(new Set(payloads).size, 50);
  });
}
