import assert from "node:assert/strict";
import {
  onlyAkasa,
  pitfall,
  prop,
  property,
  RawClient,
  settle,
  startTestBroker,
  type TestBroker,
} from "../../kit/mod.ts";
import { receiveMany, texts } from "../receive-many.ts";

const quotaExceeded = 0x97;

/** Retains that many messages, each with its own topic as payload; returns these in order. */
async function retainMany(broker: TestBroker, count: number): Promise<string[]> {
  const publisher = await RawClient.connected(broker, 4);
  const topics = Array.from({ length: count }, (_, index) => `kept/${index}`);
  for (const topic of topics) await publisher.publishAcked(topic, topic, { retain: true });
  return topics.toSorted();
}

for (const qos of [0, 1]) {
  pitfall(
    "thread 8",
    `thousands of retained messages come one at a time, others are served between, QoS ${qos}`,
    async () => {
      onlyAkasa("the pace is set by Akasa's key");
      // A window that never fills: it is the pace that lets others in, not a client that has not acknowledged yet.
      await using broker = await startTestBroker({ retained_replay_batch: 1, max_inflight_client: 65_535 });
      const topics = await retainMany(broker, 3000);
      const publisher = await RawClient.connected(broker, 5);
      for (const topic of topics) await publisher.publishAcked(topic, topic, { qos: 1, retain: true });
      const subscriber = await RawClient.connected(broker, 5);
      const other = await RawClient.connected(broker, 5);
      await subscriber.subscribe("kept/#", { qos });
      await other.ping();
      const early = subscriber.drain();
      assert.ok(early.length < topics.length, "another client was answered only after all retained messages");
      const received: string[] = [];
      for (const packet of early) {
        assert.ok(packet.type === "publish");
        await subscriber.acknowledge(packet);
        received.push(packet.topic);
      }
      const rest = await receiveMany(subscriber, topics.length - early.length);
      received.push(...rest.map(({ topic }) => topic));
      assert.deepEqual(received.toSorted(), topics);
      await settle(broker);
      await subscriber.expectNothing();
    },
  );
}

pitfall("thread 8", "a subscriber that stops to read amid its retained messages gets the rest later", async () => {
  await using broker = await startTestBroker({ retained_replay_batch: 8 });
  const publisher = await RawClient.connected(broker, 5);
  const topics = Array.from({ length: 200 }, (_, index) => `kept/${index}`);
  for (const topic of topics) await publisher.publishAcked(topic, "x".repeat(128 * 1024), { retain: true });
  const frozen = await RawClient.connected(broker, 5);
  await frozen.subscribe("kept/+", { qos: 1 });
  frozen.pauseReading();
  const other = await RawClient.connected(broker, 5);
  await other.subscribe("kept/7");
  assert.equal((await other.receive()).topic, "kept/7");
  await settle(broker);
  frozen.resumeReading();
  const received = await receiveMany(frozen, topics.length);
  assert.deepEqual(received.map(({ topic }) => topic).toSorted(), topics.toSorted());
  await settle(broker);
  await frozen.expectNothing();
});

for (const qos of [1, 2]) {
  pitfall("thread 9", `one retained message too many is refused with 0x97 and a reason, QoS ${qos}`, async () => {
    onlyAkasa("the limit is set by Akasa's key");
    await using broker = await startTestBroker({ max_retained_messages: 2 });
    const publisher = await RawClient.connected(broker, 5);
    const watcher = await RawClient.connected(broker, 5);
    await watcher.subscribe("kept/#", { qos: 2 });
    for (const topic of ["kept/1", "kept/2"]) await publisher.publishAcked(topic, "old", { qos, retain: true });
    await receiveMany(watcher, 2);
    const refused = await publisher.publishAcked("kept/3", "one too many", { qos, retain: true });
    assert.equal(refused.reasonCode, quotaExceeded);
    assert.match(String(property(refused, prop.reasonString)), /retained/);
    await settle(broker);
    await watcher.expectNothing();
    const late = await RawClient.connected(broker, 5);
    await late.subscribe("kept/3");
    await settle(broker);
    await late.expectNothing();
  });
}

pitfall(
  "thread 9",
  "at the limit retained messages are still replaced and deleted, and deleting makes room",
  async () => {
    onlyAkasa("the limit is set by Akasa's key");
    await using broker = await startTestBroker({ max_retained_messages: 2 });
    const publisher = await RawClient.connected(broker, 5);
    const retain = async (topic: string, text: string): Promise<number> =>
      (await publisher.publishAcked(topic, text, { retain: true })).reasonCode;
    for (const topic of ["kept/1", "kept/2"]) assert.notEqual(await retain(topic, "old"), quotaExceeded);
    assert.notEqual(await retain("kept/1", "new"), quotaExceeded);
    assert.equal(await retain("kept/3", "new"), quotaExceeded);
    assert.notEqual(await retain("kept/2", ""), quotaExceeded);
    assert.notEqual(await retain("kept/3", "third"), quotaExceeded);
    assert.equal(await retain("kept/4", "new"), quotaExceeded);
    const subscriber = await RawClient.connected(broker, 5);
    await subscriber.subscribe("kept/+");
    assert.deepEqual(texts(await receiveMany(subscriber, 2)).toSorted(), ["new", "third"]);
    await settle(broker);
    await subscriber.expectNothing();
  },
);

pitfall(
  "thread 9",
  "more bytes of retained messages than allowed are refused with 0x97, smaller ones fit",
  async () => {
    onlyAkasa("the limit is set by Akasa's key");
    await using broker = await startTestBroker({ max_retained_bytes: 10_000 });
    const publisher = await RawClient.connected(broker, 5);
    const retain = async (topic: string, bytes: number): Promise<number> =>
      (await publisher.publishAcked(topic, Buffer.alloc(bytes, "x"), { retain: true })).reasonCode;
    assert.notEqual(await retain("kept/1", 6000), quotaExceeded);
    assert.equal(await retain("kept/2", 6000), quotaExceeded);
    assert.equal(await retain("kept/1", 12_000), quotaExceeded);
    assert.notEqual(await retain("kept/2", 100), quotaExceeded);
    const subscriber = await RawClient.connected(broker, 5);
    await subscriber.subscribe("kept/+");
    const lengths = (await receiveMany(subscriber, 2)).map(({ payload }) => payload.length);
    assert.deepEqual(lengths.toSorted(), [100, 6000]);
  },
);

pitfall("thread 9", "neither a QoS 0 nor a 3.1.1 publisher is cut off at the limit of retained messages", async () => {
  onlyAkasa("the limit is set by Akasa's key");
  await using broker = await startTestBroker({ max_retained_messages: 0 });
  const modern = await RawClient.connected(broker, 5);
  modern.publish("kept/1", "x", { retain: true });
  await modern.expectNothing();
  const older = await RawClient.connected(broker, 4);
  await older.publishAcked("kept/1", "x", { retain: true });
  await older.publishAcked("kept/1", "x", { qos: 2, retain: true });
  await older.expectNothing();
});
