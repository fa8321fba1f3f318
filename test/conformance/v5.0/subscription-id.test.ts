import assert from "node:assert/strict";
import {
  onlyAkasa,
  prop,
  properties,
  type PublishPacket,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";

/** One subscription for each filter, with its identifier; none where it is undefined. */
async function overlapping(
  broker: TestBroker,
  filters: readonly (readonly [filter: string, qos: number, identifier?: number])[],
): Promise<RawClient> {
  const subscriber = await RawClient.connected(broker, 5);
  for (const [filter, qos, identifier] of filters) {
    const block = identifier === undefined ? [] : [[prop.subscriptionIdentifier, identifier] as const];
    await subscriber.subscribe(filter, { qos, properties: block });
  }
  return subscriber;
}

/** All copies of one message published to a/b: one for all subscriptions, or one for each. */
async function copiesOf(broker: TestBroker, subscriber: RawClient, qos: number): Promise<PublishPacket[]> {
  const publisher = await RawClient.connected(broker, 5);
  if (qos === 0) publisher.publish("a/b", "x");
  else await publisher.publishAcked("a/b", "x", { qos });
  await publisher.ping();
  await settle(broker);
  await subscriber.ping();
  const copies: PublishPacket[] = [];
  for (const packet of subscriber.drain()) {
    assert.equal(packet.type, "publish");
    await subscriber.acknowledge(packet);
    copies.push(packet);
  }
  await subscriber.expectNothing();
  assert.ok(copies.length > 0, "no copy came");
  return copies;
}

function identifiers(packet: PublishPacket): number[] {
  return properties(packet, prop.subscriptionIdentifier)
    .map(Number)
    .toSorted((a, b) => a - b);
}

statement("5.0", "MQTT-3.3.4-2", "of overlapping subscriptions a copy comes at the highest QoS", async () => {
  await using broker = await startTestBroker();
  for (const [first, second] of [
    [1, 2],
    [2, 1],
    [0, 2],
    [0, 1],
  ] as const) {
    const subscriber = await overlapping(broker, [
      ["a/#", first],
      ["a/+", second],
    ]);
    const copies = await copiesOf(broker, subscriber, 2);
    assert.equal(Math.max(...copies.map(({ qos }) => qos)), Math.max(first, second));
    await subscriber.disconnect();
  }
});

statement("5.0", "MQTT-3.3.4-3", "the identifiers of overlapping subscriptions come with the message", async () => {
  await using broker = await startTestBroker();
  const subscriber = await overlapping(broker, [
    ["a/#", 1, 1],
    ["a/+", 2, 2],
    ["+/b", 0],
    ["other", 0, 3],
  ]);
  for (const qos of [0, 1, 2]) {
    const copies = await copiesOf(broker, subscriber, qos);
    assert.deepEqual(
      copies.flatMap(identifiers).toSorted((a, b) => a - b),
      [1, 2],
    );
  }
});

statement("5.0", "MQTT-3.3.4-4", "a single copy has the identifier of each subscription that has one", async () => {
  await using broker = await startTestBroker({ multiple_subscription_id_in_publish: true });
  const subscriber = await overlapping(broker, [
    ["a/#", 1, 1],
    ["a/+", 2, 268_435_455],
    ["+/b", 0],
    ["a/b", 1, 128],
  ]);
  const copies = await copiesOf(broker, subscriber, 2);
  assert.deepEqual(copies.map(identifiers), [[1, 128, 268_435_455]]);
});

statement("5.0", "MQTT-3.3.4-4", "an identifier that two matching subscriptions have comes twice", async () => {
  await using broker = await startTestBroker({ multiple_subscription_id_in_publish: true });
  const subscriber = await overlapping(broker, [
    ["a/#", 1, 7],
    ["a/+", 1, 7],
  ]);
  const copies = await copiesOf(broker, subscriber, 1);
  assert.deepEqual(copies.map(identifiers), [[7, 7]]);
});

statement("5.0", "MQTT-3.3.4-5", "of several copies each has the identifier of its own subscription", async () => {
  await using broker = await startTestBroker({ multiple_subscription_id_in_publish: false });
  const subscriber = await overlapping(broker, [
    ["a/#", 1, 1],
    ["a/+", 2, 2],
    ["+/b", 0],
  ]);
  const copies = await copiesOf(broker, subscriber, 2);
  const outlines = copies.map((copy) => [copy.qos, ...identifiers(copy)]);
  assert.deepEqual(
    outlines.toSorted(([a = 0], [b = 0]) => a - b),
    [[0], [1, 1], [2, 2]],
  );
});

statement("5.0", "MQTT-3.3.4-5", "however many copies come, none has an identifier that is not its own", async () => {
  await using broker = await startTestBroker();
  const subscriber = await overlapping(broker, [
    ["a/#", 0, 1],
    ["a/+", 1, 2],
  ]);
  const copies = await copiesOf(broker, subscriber, 1);
  const all = copies.map(identifiers);
  if (copies.length === 1) assert.deepEqual(all, [[1, 2]]);
  else assert.deepEqual(all.toSorted(), [[1], [2]]);
});

statement(
  "5.0",
  "MQTT-3.3.4-6",
  "a PUBLISH with a Subscription Identifier ends the connection and reaches nobody",
  async () => {
    onlyAkasa("mosquitto 2.0.11 takes the identifier and ignores it");
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, 5);
    await watcher.subscribe("a/b", { qos: 2 });
    for (const qos of [0, 1, 2]) {
      const publisher = await RawClient.connected(broker, 5);
      publisher.publish("a/b", "x", { qos, properties: [[prop.subscriptionIdentifier, 1]] });
      await publisher.expectDisconnect(0x82, 0x81);
    }
    await settle(broker);
    await watcher.expectNothing();
  },
);
