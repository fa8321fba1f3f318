import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Limit } from "../session/mod.ts";
import { testFolder } from "../store/contract/journal-kind.ts";
import { DurableBroker } from "./fuzz/durable-broker.ts";
import type { MemoryClient } from "./fuzz/memory-client.ts";

/** Sessions of these clients, whose clients have gone, subscribed to "d". */
async function away(broker: DurableBroker, clientIds: readonly string[]): Promise<void> {
  for (const clientId of clientIds) {
    const client = await broker.lasting(clientId);
    client.subscribe("d");
    await broker.words(client, 2);
    client.disconnect();
  }
  await broker.stored();
}

/** Publishes messages 0, 1, 2... of so many bytes, and waits for their acknowledgements. */
async function publish(broker: DurableBroker, count: number, bytes: number): Promise<void> {
  const client = broker.stream();
  client.connect("publisher");
  await broker.words(client, 1);
  for (let index = 0; index < count; index++) client.publish("d", String(index).padEnd(bytes), { qos: 1 });
  const answers = await broker.words(client, count);
  assert.equal(answers.filter((answer) => /^puback #\d+$/.test(answer)).length, count);
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** The client comes back, and takes everything, message after message. */
async function drain(broker: DurableBroker, clientId: string, count: number): Promise<number[]> {
  const client = await broker.lasting(clientId);
  const received: number[] = [];
  while (received.length < count) {
    await broker.settled();
    received.push(...acknowledged(client));
  }
  return received;
}

/** The messages that came, which are acknowledged. */
function acknowledged(client: MemoryClient): number[] {
  const received: number[] = [];
  for (const packet of client.take()) {
    if (packet.type !== "publish") continue;
    received.push(Number(Buffer.from(packet.payload).toString()));
    client.answer("puback", packet.packetId);
  }
  return received;
}

describe("max_queued_bytes", () => {
  it("beyond it messages of lasting sessions wait on the disk alone, and none is dropped", async () => {
    using folder = testFolder();
    await using broker = await DurableBroker.start(folder.path, 0, { max_queued_bytes: 4096 });
    await away(broker, ["a", "b"]);
    await publish(broker, 30, 500);
    const { statistics } = broker.shard;
    assert.ok(statistics.queuedBytes <= 4096, `${statistics.queuedBytes} bytes in memory`);
    assert.ok((statistics.limitsReached[Limit.queuedBytes] ?? 0) > 0);
    for (const clientId of ["a", "b"]) assert.deepEqual(await drain(broker, clientId, 30), upTo(30));
    assert.equal(
      statistics.messagesDropped.reduce((sum, count) => sum + count),
      0,
    );
  });

  it("beyond it a session that ends with its connection loses messages, which are counted", async () => {
    using folder = testFolder();
    await using broker = await DurableBroker.start(folder.path, 0, { max_queued_bytes: 4096 });
    const client = broker.stream();
    client.connect("passing", { properties: { receiveMaximum: 1 } });
    client.subscribe("d");
    await broker.words(client, 2);
    await publish(broker, 30, 500);
    assert.ok((broker.shard.statistics.messagesDropped[8] ?? 0) > 0);
  });
});

describe("max_read_ahead_bytes", () => {
  const limit = 65_536;

  it("holds for all sessions together that come back at once, and each gets everything in order", async () => {
    using folder = testFolder();
    const clientIds = ["a", "b", "c", "d"];
    await using broker = await DurableBroker.start(folder.path, 0, { max_read_ahead_bytes: limit });
    await away(broker, clientIds);
    await publish(broker, 200, 1000);
    const { statistics } = broker.shard;
    const properties = { sessionExpiryInterval: 1000, receiveMaximum: 1 };
    const clients: MemoryClient[] = [];
    for (const clientId of clientIds) clients.push(await broker.lasting(clientId, 1000, { properties }));
    let most = 0;
    const received = clients.map((): number[] => []);
    while (received.some(({ length }) => length < 200)) {
      await broker.settled();
      most = Math.max(most, statistics.queuedBytes);
      for (const [index, client] of clients.entries()) received[index]?.push(...acknowledged(client));
    }
    for (const numbers of received) assert.deepEqual(numbers, upTo(200));
    assert.ok(most > 0 && most <= limit, `${most} bytes in memory`);
    assert.ok((statistics.limitsReached[Limit.readAhead] ?? 0) >= clientIds.length);
  });
});

describe("queues of lasting sessions", () => {
  it("hold max_in_mem_pending_messages and max_in_db_pending_messages; the newest is dropped and counted", async () => {
    using folder = testFolder();
    const settings = { max_in_mem_pending_messages: 10, max_in_db_pending_messages: 20 };
    await using broker = await DurableBroker.start(folder.path, 0, settings);
    await away(broker, ["a"]);
    await publish(broker, 40, 10);
    assert.equal(broker.shard.statistics.messagesDropped[1], 10);
    assert.deepEqual(await drain(broker, "a", 30), upTo(30));
  });

  it("hold max_queued_bytes_per_session, on the disk and in memory together", async () => {
    using folder = testFolder();
    await using broker = await DurableBroker.start(folder.path, 0, { max_queued_bytes_per_session: 20_000 });
    await away(broker, ["a"]);
    await publish(broker, 40, 1000);
    const dropped = broker.shard.statistics.messagesDropped[2] ?? 0;
    assert.ok(dropped > 20 && dropped < 40, `${dropped} dropped`);
    assert.deepEqual(await drain(broker, "a", 40 - dropped), upTo(40 - dropped));
  });
});
