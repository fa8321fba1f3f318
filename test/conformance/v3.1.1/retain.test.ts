import assert from "node:assert/strict";
import { type PublishPacket, RawClient, startTestBroker, statement, type TestBroker } from "../../kit/mod.ts";

/** What a client that subscribes now gets because of that, ordered by topic. */
async function retained(broker: TestBroker, filter: string, qos = 2): Promise<PublishPacket[]> {
  using subscriber = await RawClient.connected(broker, 4);
  await subscriber.subscribe(filter, { qos });
  await subscriber.ping();
  const messages = subscriber.drain().filter((packet) => packet.type === "publish");
  return messages.toSorted((left, right) => left.topic.localeCompare(right.topic));
}

const payloads = (messages: readonly PublishPacket[]): string[] => messages.map(({ payload }) => payload.toString());

statement(
  "3.1.1",
  ["MQTT-3.3.1-5", "MQTT-3.3.1-8"],
  "a retained message waits with its QoS for later subscribers",
  async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, 4);
    await publisher.publishAcked("a", "x", { qos: 1, retain: true });
    const messages = await retained(broker, "a");
    assert.deepEqual(payloads(messages), ["x"]);
    assert.deepEqual([messages[0]?.qos, messages[0]?.retain, messages[0]?.dup], [1, true, false]);
  },
);

statement("3.1.1", "MQTT-3.3.1-5", "only the newest retained message of a topic is kept", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 4);
  for (const payload of ["old", "newer", "newest"]) await publisher.publishAcked("a", payload, { retain: true });
  assert.deepEqual(payloads(await retained(broker, "a")), ["newest"]);
});

statement(
  "3.1.1",
  "MQTT-3.3.1-6",
  "a new subscription gets the last retained message of each topic it matches",
  async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, 4);
    for (const topic of ["a/1", "a/2", "b/1"]) await publisher.publishAcked(topic, topic, { retain: true });
    assert.deepEqual(payloads(await retained(broker, "a/+")), ["a/1", "a/2"]);
  },
);

statement("3.1.1", "MQTT-3.3.1-7", "a QoS 0 retained message replaces one of higher QoS", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("a", "old", { qos: 1, retain: true });
  publisher.publish("a", "new", { qos: 0, retain: true });
  await publisher.ping();
  // It may also be dropped; only the old one must be gone.
  assert.ok(!payloads(await retained(broker, "a")).includes("old"));
});

statement("3.1.1", "MQTT-3.3.1-9", "a live subscriber gets a retained message without RETAIN", async () => {
  await using broker = await startTestBroker();
  const stored = { clientId: "stored", cleanStart: false } as const;
  const subscriber = await RawClient.connected(broker, 4, stored);
  await subscriber.subscribe("a", { qos: 1 });
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("a", "live", { retain: true });
  const live = await subscriber.receive();
  assert.deepEqual([live.payload.toString(), live.retain], ["live", false]);
  await subscriber.disconnect();
  await publisher.publishAcked("a", "queued", { retain: true });
  const queued = await (await RawClient.connected(broker, 4, stored)).receive();
  assert.deepEqual([queued.payload.toString(), queued.retain], ["queued", false]);
});

statement("3.1.1", "MQTT-3.3.1-10", "an empty retained message is delivered and removes the retained one", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("a", "x", { retain: true });
  const subscriber = await RawClient.connected(broker, 4);
  await subscriber.subscribe("a");
  assert.equal((await subscriber.receive()).payload.toString(), "x");
  await publisher.publishAcked("a", "", { retain: true });
  const empty = await subscriber.receive();
  assert.deepEqual([empty.payload.length, empty.retain], [0, false]);
  assert.deepEqual(await retained(broker, "a"), []);
});

statement("3.1.1", "MQTT-3.3.1-11", "an empty retained message is not kept", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("a", "", { retain: true });
  assert.deepEqual(await retained(broker, "a"), []);
});

statement("3.1.1", "MQTT-3.3.1-12", "a message without RETAIN leaves the retained one as it is", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("none", "y");
  assert.deepEqual(await retained(broker, "none"), []);
  await publisher.publishAcked("a", "x", { retain: true });
  await publisher.publishAcked("a", "y");
  await publisher.publishAcked("a", "");
  assert.deepEqual(payloads(await retained(broker, "a")), ["x"]);
});
