import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBroker } from "../broker/fuzz/memory-broker.ts";
import type { MemoryClient } from "../broker/fuzz/memory-client.ts";
import { DropReason } from "../session/mod.ts";

async function connected(broker: MemoryBroker, clientId: string): Promise<MemoryClient> {
  const client = broker.stream();
  client.connect(clientId);
  await broker.settled();
  client.take();
  return client;
}

async function subscribed(broker: MemoryBroker, clientId: string): Promise<MemoryClient> {
  const client = await connected(broker, clientId);
  client.subscribe("#");
  await broker.settled();
  client.take();
  return client;
}

function dropped(broker: MemoryBroker, reason: DropReason): number {
  return broker.shard.statistics.messagesDropped[reason] as number;
}

/** The least that can be configured. */
const limit = 131_072;
const narrow = { max_output_bytes_per_connection: limit, max_output_bytes_hard: limit };
const payload = "x".repeat(2000);

test("QoS 0 to a client that does not read is dropped above the limit and counted; others get everything", async () => {
  await using broker = new MemoryBroker({ max_output_bytes_per_connection: limit });
  const [slow, fast] = [await subscribed(broker, "slow"), await subscribed(broker, "fast")];
  const publisher = await connected(broker, "publisher");
  slow.peer.stalled = true;
  for (let index = 0; index < 500; index++) {
    publisher.publish("a", payload);
    if (index % 20 === 0) await broker.settled();
  }
  await broker.settled();
  assert.equal(fast.take().length, 500);
  const lost = dropped(broker, DropReason.slowConsumer);
  slow.peer.drain();
  await broker.settled();
  assert.equal(slow.take().length, 500 - lost);
  assert.ok(lost > 400 && lost < 450, `${lost} were dropped`);
});

test("what waits for clients that do not read is never more than the limit and one message each", async () => {
  await using broker = new MemoryBroker({ max_output_bytes_per_connection: limit });
  const slow = [];
  for (let number = 0; number < 10; number++) slow.push(await subscribed(broker, `slow ${number}`));
  const publisher = await connected(broker, "publisher");
  for (const { peer } of slow) peer.stalled = true;
  // In the arena and beside it, a few in each turn and very many in one.
  for (const [bytes, perTurn] of [
    [50, 1000],
    [2000, 1],
    [2000, 500],
    [60_000, 20],
    [500_000, 10],
  ] as const) {
    for (let turn = 0; turn < 5; turn++) {
      for (let count = 0; count < perTurn; count++) publisher.publish("a", "x".repeat(bytes));
      await broker.settled();
      for (const { channel } of broker.shard.context.connections) {
        const held = channel.waitingBytes + channel.outBytes;
        assert.ok(held <= limit + bytes + 20, `${held} bytes wait after messages of ${bytes}`);
      }
    }
    for (const { peer } of slow) peer.drain();
    await broker.settled();
    for (const client of slow) client.take();
    for (const { peer } of slow) peer.stalled = true;
  }
});

test("a client that reads again gets what is published from then on", async () => {
  await using broker = new MemoryBroker({ max_output_bytes_per_connection: limit });
  const [slow, publisher] = [await subscribed(broker, "slow"), await connected(broker, "publisher")];
  slow.peer.stalled = true;
  for (let index = 0; index < 100; index++) publisher.publish("a", payload);
  await broker.settled();
  slow.peer.drain();
  await broker.settled();
  slow.take();
  publisher.publish("a", "after");
  await broker.settled();
  assert.deepEqual(slow.words(), ["after qos0"]);
});

test("QoS 1 to a client that does not read waits, and comes whole and in order when it reads again", async () => {
  await using broker = new MemoryBroker({ max_output_bytes_per_connection: limit, max_inflight_client: 65_535 });
  const [slow, publisher] = [await subscribed(broker, "slow"), await connected(broker, "publisher")];
  slow.peer.stalled = true;
  for (let index = 0; index < 500; index++) {
    publisher.publish("a", `${index} ${payload}`, { qos: 1 });
    if (index % 20 === 0) await broker.settled();
  }
  await broker.settled();
  assert.ok((broker.shard.sessions.get("slow")?.queued ?? 0) > 300);
  slow.peer.drain();
  await broker.settled();
  await broker.settled();
  const got = slow.words().map((words) => Number.parseInt(words));
  assert.deepEqual(
    got,
    Array.from({ length: 500 }, (_, index) => index),
  );
});

test("a burst larger than the limit reaches a client that reads, whole, at QoS 1", async () => {
  await using broker = new MemoryBroker({ max_output_bytes_per_connection: limit, max_inflight_client: 65_535 });
  const [client, publisher] = [await subscribed(broker, "c"), await connected(broker, "publisher")];
  // The client acknowledges nothing, so nothing that comes from it makes the broker go on.
  for (let index = 0; index < 300; index++) publisher.publish("a", payload, { qos: 1 });
  for (let pass = 0; pass < 20; pass++) await broker.settled();
  assert.equal(client.take().length, 300);
});

test("a client that asks and does not read the answers is not asked for more", async () => {
  await using broker = new MemoryBroker(narrow);
  const client = await connected(broker, "c");
  client.peer.stalled = true;
  const flood = Array.from({ length: 10_000 }, () => ({ type: "pingreq" }) as const);
  for (let index = 0; index < 30; index++) client.send(...flood);
  await broker.settled();
  const [connection] = broker.shard.context.connections;
  const waiting = connection?.channel.waitingBytes ?? 0;
  assert.ok(waiting > 100_000 && waiting < 180_000, `${waiting} bytes wait of 600,000 asked for`);
  while (client.inbox.length < 300_000) {
    client.peer.drain();
    await broker.settled();
    client.peer.stalled = client.inbox.length < 100_000;
  }
  assert.equal(client.closed, false);
});

test("a flood of requests above the limit is answered whole to a client that reads", async () => {
  await using broker = new MemoryBroker(narrow);
  const client = await connected(broker, "c");
  const flood = Array.from({ length: 10_000 }, () => ({ type: "pingreq" }) as const);
  for (let index = 0; index < 5; index++) client.send(...Array.from({ length: 10 }, () => flood).flat());
  for (let pass = 0; pass < 10; pass++) await broker.settled();
  assert.equal(client.take().length, 500_000);
});

test("a client that is paused because it does not read is closed by its keep alive", async () => {
  await using broker = new MemoryBroker(narrow);
  const client = broker.stream();
  client.connect("c", { keepAlive: 10 });
  await broker.settled();
  client.peer.stalled = true;
  for (let index = 0; index < 20; index++)
    client.send(...Array.from({ length: 5000 }, () => ({ type: "pingreq" }) as const));
  await broker.settled();
  await broker.advance(16);
  await broker.advance(6);
  assert.equal(broker.shard.context.connections.size, 0);
});

test("a client that is closed while it does not read gets what was sent before, if it reads in time", async () => {
  await using broker = new MemoryBroker();
  const [slow, publisher] = [await subscribed(broker, "slow"), await connected(broker, "publisher")];
  slow.peer.stalled = true;
  for (let index = 0; index < 20; index++) publisher.publish("a", `m${index}`);
  await broker.settled();
  const other = broker.stream();
  other.connect("slow");
  await broker.settled();
  slow.peer.drain();
  await broker.settled();
  const words = slow.words();
  assert.deepEqual([words.length, words[0], words.at(-1), slow.closed], [21, "m0 qos0", "disconnect 0x8e", true]);
});
