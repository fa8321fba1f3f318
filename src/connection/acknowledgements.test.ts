import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBroker } from "../broker/fuzz/memory-broker.ts";
import type { MemoryClient } from "../broker/fuzz/memory-client.ts";
import { MemoryJournal } from "../store/mod.ts";

/** A journal whose commits end when the test says so. */
class SlowJournal extends MemoryJournal {
  override ticket = 1;
  override committed = 0;
  commits = 0;
  closed = false;

  override get pending(): number {
    return this.ticket;
  }

  override commit(): void {
    this.commits++;
  }

  /** What was recorded so far is safe. */
  finish(): void {
    this.committed = Math.max(this.committed, this.ticket);
    this.ticket = this.committed + 1;
    this.onCommitted();
  }

  override close(): Promise<void> {
    this.finish();
    this.closed = true;
    return Promise.resolve();
  }
}

async function connected(broker: MemoryBroker, clientId: string, expiry = 0): Promise<MemoryClient> {
  const client = broker.stream();
  client.connect(clientId, { cleanStart: expiry === 0, properties: { sessionExpiryInterval: expiry } });
  await broker.settled();
  client.take();
  return client;
}

test("an acknowledgement leaves when what it promises is safe, and not before", async () => {
  const journal = new SlowJournal();
  await using broker = new MemoryBroker({}, { journal });
  const client = await connected(broker, "c");
  client.publish("a", "m", { qos: 1, packetId: 7 });
  await broker.settled();
  assert.deepEqual(client.words(), []);
  assert.ok(journal.commits > 0);
  journal.finish();
  await broker.settled();
  assert.deepEqual(client.words(), ["puback #7 0x10"]);
});

test("what else the client asks is answered meanwhile, and others are not held up", async () => {
  const journal = new SlowJournal();
  await using broker = new MemoryBroker({}, { journal });
  const [client, other] = [await connected(broker, "c"), await connected(broker, "other")];
  other.subscribe("a");
  client.publish("a", "m", { qos: 1 });
  client.send({ type: "pingreq" });
  await broker.settled();
  assert.deepEqual(client.words(), ["pingresp"]);
  assert.deepEqual(other.words(), ["suback 2", "m qos1 #1"]);
});

test("PUBACK, PUBREC and PUBCOMP leave in the order of the packets they answer", async () => {
  const journal = new SlowJournal();
  await using broker = new MemoryBroker({}, { journal });
  const client = await connected(broker, "c");
  client.publish("a", "m", { qos: 2, packetId: 1 });
  client.publish("a", "m", { qos: 1, packetId: 2 });
  client.answer("pubrel", 1);
  client.publish("a", "m", { qos: 1, packetId: 3 });
  client.publish("a", "m", { qos: 2, packetId: 4 });
  await broker.settled();
  journal.finish();
  await broker.settled();
  assert.deepEqual(
    client.words().map((words) => words.slice(0, 9)),
    ["pubrec #1", "puback #2", "pubcomp #", "puback #3", "pubrec #4"],
  );
});

test("each commit releases what it has made safe, and no more", async () => {
  const journal = new SlowJournal();
  await using broker = new MemoryBroker({}, { journal });
  const client = await connected(broker, "c");
  client.publish("a", "m", { qos: 1, packetId: 1 });
  await broker.settled();
  const first = journal.ticket;
  journal.ticket++;
  client.publish("a", "m", { qos: 1, packetId: 2 });
  await broker.settled();
  journal.committed = first;
  journal.onCommitted();
  await broker.settled();
  assert.deepEqual(client.words(), ["puback #1 0x10"]);
  journal.finish();
  await broker.settled();
  assert.deepEqual(client.words(), ["puback #2 0x10"]);
});

test("an acknowledgement for which nothing has to wait does not overtake one that waits", async () => {
  const journal = new SlowJournal();
  await using broker = new MemoryBroker({}, { journal });
  const client = await connected(broker, "c");
  client.publish("a", "m", { qos: 1, packetId: 1 });
  await broker.settled();
  const waiting = journal.ticket;
  journal.ticket = 0;
  client.publish("a", "m", { qos: 1, packetId: 2 });
  client.publish("$SYS/refused", "m", { qos: 1, packetId: 3 });
  await broker.settled();
  assert.deepEqual(client.words(), []);
  journal.ticket = waiting;
  journal.finish();
  await broker.settled();
  assert.deepEqual(
    client.words().map((words) => words.slice(0, 9)),
    ["puback #1", "puback #2", "puback #3"],
  );
});

test("a repeated QoS 2 message is not delivered again, and its PUBREC waits like the first", async () => {
  const journal = new SlowJournal();
  await using broker = new MemoryBroker({}, { journal });
  const [client, other] = [await connected(broker, "c"), await connected(broker, "other")];
  other.subscribe("a");
  client.publish("a", "m", { qos: 2, packetId: 1 });
  client.publish("a", "m", { qos: 2, packetId: 1, dup: true });
  await broker.settled();
  assert.deepEqual(client.words(), []);
  journal.finish();
  await broker.settled();
  assert.deepEqual(client.words(), ["pubrec #1", "pubrec #1"]);
  assert.deepEqual(other.words(), ["suback 2", "m qos2 #1"]);
});

test("a message whose acknowledgement waits counts once against the client's quota", async () => {
  const journal = new SlowJournal();
  await using broker = new MemoryBroker({ max_inflight_server: 4 }, { journal });
  const client = await connected(broker, "c");
  for (const qos of [2, 2, 1, 2] as const) client.publish("a", "m", { qos });
  await broker.settled();
  assert.equal(client.closed, false);
  client.publish("a", "m", { qos: 1 });
  await broker.settled();
  assert.deepEqual(client.words(), ["disconnect 0x93"]);
});

test("a take-over while acknowledgements wait: the new connection's repeat is answered, and nothing is doubled", async () => {
  const journal = new SlowJournal();
  await using broker = new MemoryBroker({}, { journal });
  const watcher = await connected(broker, "watcher");
  watcher.subscribe("a");
  const first = await connected(broker, "c", 100);
  first.publish("a", "m", { qos: 2, packetId: 1 });
  await broker.settled();
  const second = await connected(broker, "c", 100);
  second.publish("a", "m", { qos: 2, packetId: 1, dup: true });
  await broker.settled();
  journal.finish();
  await broker.settled();
  assert.deepEqual([first.words(), first.closed], [["disconnect 0x8e"], true]);
  assert.deepEqual(second.words(), ["pubrec #1"]);
  assert.deepEqual(watcher.words(), ["suback 2", "m qos2 #1"]);
});

for (const end of ["reset", "cut", "disconnect"] as const) {
  test(`a client that is gone (${end}) while its acknowledgements wait does no harm`, async () => {
    const journal = new SlowJournal();
    await using broker = new MemoryBroker({}, { journal });
    const [client, other] = [await connected(broker, "c"), await connected(broker, "other")];
    client.publish("a", "m", { qos: 1 });
    other.publish("a", "m", { qos: 1, packetId: 9 });
    await broker.settled();
    if (end === "reset") client.peer.destroy();
    else if (end === "cut") client.peer.end();
    else client.disconnect();
    await broker.settled();
    journal.finish();
    await broker.settled();
    assert.deepEqual(client.words(), []);
    assert.deepEqual(other.words(), ["puback #9 0x10"]);
    assert.equal(broker.shard.context.waitingForCommit.size, 0);
  });
}

test("a broker that stops lets the journal finish", async () => {
  const journal = new SlowJournal();
  const broker = new MemoryBroker({}, { journal });
  const client = await connected(broker, "c");
  client.publish("a", "m", { qos: 1 });
  await broker.settled();
  await broker[Symbol.asyncDispose]();
  assert.equal(journal.closed, true);
  assert.equal(client.closed, true);
});
