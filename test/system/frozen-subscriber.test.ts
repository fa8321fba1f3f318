import assert from "node:assert/strict";
import { dropReasonNames } from "../../src/session/mod.ts";
import { heldBytes, packets, pingWork, RawClient } from "../kit/mod.ts";
import { lasting } from "./lasting.ts";
import { type RunningBroker, startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

const megabyte = 1024 * 1024;

async function dropped({ broker }: RunningBroker, reason: string): Promise<number> {
  const at = dropReasonNames.indexOf(reason);
  assert.ok(at >= 0, `there is no drop reason ${reason}`);
  return (await broker.read()).statistics.messagesDropped[at] as number;
}

/** The same when each of so many messages was sent to the subscriber, waits or was dropped, on whatever shard. */
async function droppedOf(published: number, running: RunningBroker, reason: string): Promise<number> {
  for (;;) {
    const { queued, statistics } = await running.broker.read();
    const lost = statistics.messagesDropped.reduce((sum, count) => sum + count, 0);
    const known = statistics.messagesDelivered + queued.messages + lost;
    assert.ok(known <= published, `${known} messages, and ${published} were published`);
    if (known === published) return dropped(running, reason);
  }
}

/** A subscriber that stopped to read, behind as many bytes as the system's own buffers take and more. */
async function frozenSubscriber(broker: RunningBroker, qos: number): Promise<RawClient> {
  const frozen = await RawClient.connected(broker, 5, lasting(5, "frozen"));
  await frozen.subscribe("load/#", { qos });
  frozen.pauseReading();
  return frozen;
}

scenario(
  "one frozen subscriber among a thousand: all others get everything, and what it misses is counted",
  async () => {
    await using broker = await startRunningBroker();
    const frozen = await frozenSubscriber(broker, 0);
    const readers: RawClient[] = [];
    for (let number = 0; number < 999; number += 1) {
      const reader = await RawClient.connected(broker, number % 2 === 0 ? 4 : 5);
      await reader.subscribe("load/small");
      readers.push(reader);
    }
    const publisher = await RawClient.connected(broker, 5);
    // First so much that nothing more fits on the way to the frozen one.
    const block = Buffer.alloc(100_000, "x");
    while ((await dropped(broker, "slow_consumer")) === 0) {
      for (let count = 0; count < 20; count += 1) publisher.publish("load/large", block);
      await publisher.ping();
    }
    const before = await dropped(broker, "slow_consumer");
    const count = 30;
    for (let number = 0; number < count; number += 1) publisher.publish("load/small", `${number}`);
    await publisher.ping();
    for (const reader of readers) {
      for (let number = 0; number < count; number += 1) {
        assert.equal((await reader.next("publish", { within: 10_000 })).payload.toString(), `${number}`);
      }
    }
    assert.equal((await dropped(broker, "slow_consumer")) - before, count);
    // It is slow, not gone: when it reads again it gets what was on its way, and new messages.
    frozen.resumeReading();
    await frozen.ping();
    frozen.drain();
    publisher.publish("load/small", "back again");
    assert.equal((await frozen.receive()).payload.toString(), "back again");
  },
  { within: 60_000 },
);

scenario("QoS 1 messages wait for a frozen subscriber and come in order, each once, when it reads again", async () => {
  await using broker = await startRunningBroker({ max_inflight_client: 1000 });
  const frozen = await frozenSubscriber(broker, 1);
  const publisher = await RawClient.connected(broker, 5);
  const count = 300;
  for (let number = 0; number < count; number += 1) {
    await publisher.publishAcked("load/qos1", Buffer.alloc(50_000, `${number} `));
  }
  assert.deepEqual([await dropped(broker, "slow_consumer"), await dropped(broker, "queue_full")], [0, 0]);
  frozen.resumeReading();
  for (let number = 0; number < count; number += 1) {
    const message = await frozen.receive({ within: 10_000 });
    assert.deepEqual([Number.parseInt(message.payload.toString(), 10), message.dup], [number, false]);
  }
  await frozen.expectNothing();
});

scenario("what waits for a frozen subscriber is bounded by count; more is dropped and counted", async () => {
  await using broker = await startRunningBroker({ max_in_mem_pending_messages: 50, max_inflight_client: 10 });
  const frozen = await frozenSubscriber(broker, 1);
  const publisher = await RawClient.connected(broker, 5);
  for (let number = 0; number < 100; number += 1) await publisher.publishAcked("load/qos1", `${number}`);
  assert.equal(await droppedOf(100, broker, "queue_full"), 100 - 10 - 50);
  frozen.resumeReading();
  for (let number = 0; number < 60; number += 1) assert.equal((await frozen.receive()).payload.toString(), `${number}`);
  await frozen.expectNothing();
});

scenario("what waits for a frozen subscriber is bounded by bytes; more is dropped and counted", async () => {
  await using broker = await startRunningBroker({ max_queued_bytes_per_session: 200_000, max_inflight_client: 1 });
  await frozenSubscriber(broker, 1);
  const publisher = await RawClient.connected(broker, 5);
  for (let number = 0; number < 40; number += 1) await publisher.publishAcked("load/qos1", Buffer.alloc(10_000));
  const lost = await droppedOf(40, broker, "queue_bytes_full");
  // One is on its way, less than twenty fit the queue.
  assert.ok(lost >= 20 && lost <= 24, `${lost} dropped`);
});

scenario(
  "a gigabyte for frozen subscribers costs the broker a few megabytes",
  async () => {
    await using broker = await startRunningBroker();
    const frozen: RawClient[] = [];
    for (let number = 0; number < 10; number += 1) {
      const client = await RawClient.connected(broker, 5);
      await client.subscribe("load");
      client.pauseReading();
      frozen.push(client);
    }
    const publisher = await RawClient.connected(broker, 4);
    const packet = packets.publish({ version: 4, topic: "load", payload: Buffer.alloc(500_000) });
    const before = heldBytes();
    for (let count = 0; count < 200; count += 1) {
      publisher.send(packet);
      if (count % 10 === 9) await publisher.ping();
    }
    await publisher.ping();
    assert.ok((await dropped(broker, "slow_consumer")) > 1000, "the subscribers were not frozen");
    // Without collecting first this would measure when V8 last fetched the publisher's packets.
    const grown = heldBytes() - before;
    assert.ok(grown < 10 * 3 * megabyte, `the process holds ${Math.round(grown / megabyte)} MB more`);
  },
  { within: 60_000 },
);

scenario("a client that asks without reading the answers is not answered without end", async () => {
  await using broker = await startRunningBroker({
    max_output_bytes_per_connection: 131_072,
    max_output_bytes_hard: 262_144,
  });
  const greedy = await RawClient.connected(broker, 5);
  await greedy.publishAcked("kept", Buffer.alloc(60_000), { retain: true });
  greedy.pauseReading();
  // Each SUBSCRIBE asks for the retained message again: an answer thousands of times the question.
  const question = packets.subscribe({ version: 5, packetId: 1, filters: [{ filter: "kept" }] });
  const sentBefore = (await broker.broker.read()).statistics.bytesSent;
  for (let count = 0; count < 5000; count += 1) greedy.send(question);
  const other = await RawClient.connected(broker, 5);
  for (let count = 0; count < 20; count += 1) await other.ping();
  const answered = (await broker.broker.read()).statistics.bytesSent - sentBefore;
  // The system's own buffers hold a few megabytes; all answers would be 300 MB.
  assert.ok(answered < 60 * megabyte, `${Math.round(answered / megabyte)} MB were answered`);
  assert.equal((await other.publishAcked("elsewhere", "x")).type, "puback");
});

scenario("a client that subscribes a hundred thousand times without reading holds nobody up", async () => {
  await using broker = await startRunningBroker();
  const greedy = await RawClient.connected(broker, 5);
  await greedy.publishAcked("kept", Buffer.alloc(60_000), { retain: true });
  greedy.pauseReading();
  const question = packets.subscribe({ version: 5, packetId: 1, filters: [{ filter: "kept" }] });
  const thousand = Buffer.concat(Array.from({ length: 1000 }, () => question));
  const other = await RawClient.connected(broker, 5);
  let worst = 0;
  for (let count = 0; count < 100; count += 1) {
    greedy.send(thousand);
    worst = Math.max(worst, await pingWork(other));
  }
  assert.ok(worst < 250, `a ping waited for ${Math.round(worst)} ms of work`);
});
