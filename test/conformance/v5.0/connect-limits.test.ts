import assert from "node:assert/strict";
import {
  fence,
  onlyAkasa,
  packets,
  prop,
  properties,
  type Property,
  property,
  type PublishPacket,
  RawClient,
  startTestBroker,
  statement,
} from "../../kit/mod.ts";
import { watching } from "./watching.ts";

const version = 5;
const hour: Property = [prop.sessionExpiryInterval, 3600];
const limit: Property = [prop.maximumPacketSize, 100];

/** A payload that makes a QoS 0 PUBLISH on the topic exactly `size` bytes long (below 130). */
function filling(topic: string, size: number): string {
  return "x".repeat(size - 2 - 2 - topic.length - 1);
}

statement("5.0", "MQTT-3.1.2-24", "a client gets no packet above its maximum packet size", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version, { properties: [limit] });
  const publisher = await RawClient.connected(broker, version);
  await client.subscribe("size");
  for (const length of [50, 500, 20_000]) publisher.publish("size", "x".repeat(length));
  await fence(publisher, client);
  assert.equal((await client.receive()).payload.length, 50);
  await client.expectNothing();
});

statement("5.0", "MQTT-3.1.2-24", "a packet of exactly the maximum packet size is delivered", async () => {
  onlyAkasa("mosquitto 2.0.11 does not count the fixed header");
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version, { properties: [limit] });
  const publisher = await RawClient.connected(broker, version);
  await client.subscribe("size");
  for (const size of [101, 100, 99]) publisher.publish("size", filling("size", size));
  await fence(publisher, client);
  assert.equal((await client.receive()).raw.length, 100);
  assert.equal((await client.receive()).raw.length, 99);
  await client.expectNothing();
});

statement("5.0", "MQTT-3.1.2-24", "a retained message above the maximum packet size is not sent", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, version);
  await publisher.publishAcked("size/big", "x".repeat(200), { retain: true });
  await publisher.publishAcked("size/small", "x", { retain: true });
  const client = await RawClient.connected(broker, version, { properties: [limit] });
  await client.subscribe("size/+", { qos: 1 });
  assert.equal((await client.receive()).topic, "size/small");
  await client.expectNothing();
});

statement("5.0", "MQTT-3.1.2-24", "the broker's own words count toward the packet's size", async () => {
  onlyAkasa("mosquitto 2.0.11 does not count the fixed header");
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version, { properties: [limit] });
  const publisher = await RawClient.connected(broker, version);
  // The subscription identifier makes the delivered packet five bytes longer than the published one.
  await client.subscribe("size", { properties: [[prop.subscriptionIdentifier, 268_435_455]] });
  publisher.publish("size", filling("size", 96));
  publisher.publish("size", filling("size", 95));
  await fence(publisher, client);
  assert.equal((await client.receive()).raw.length, 100);
  await client.expectNothing();
});

statement("5.0", "MQTT-3.1.2-25", "a message that is too large leaves its place to the next", async () => {
  onlyAkasa("with mosquitto 2.0.11 a message that is too large keeps its place in the window");
  await using broker = await startTestBroker();
  const who = { clientId: "narrow", properties: [limit, hour, [prop.receiveMaximum, 1] as const] };
  const client = await RawClient.connected(broker, version, who);
  const publisher = await RawClient.connected(broker, version);
  await client.subscribe("size", { qos: 2 });
  for (const qos of [1, 2]) {
    await publisher.publishAcked("size", "x".repeat(200), { qos });
    await publisher.publishAcked("size", "small", { qos });
    assert.equal((await client.receive()).payload.toString(), "small");
  }
  await client.disconnect();
  const again = await RawClient.open(broker, version);
  const { sessionPresent } = await again.connect({ ...who, properties: [hour], cleanStart: false });
  assert.equal(sessionPresent, true);
  await again.expectNothing();
});

statement("5.0", "MQTT-3.1.2-25", "a waiting message that is too large is left out on resume", async () => {
  onlyAkasa("with mosquitto 2.0.11 a message that is too large keeps its place in the window");
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version, { clientId: "narrow", properties: [hour] });
  await client.subscribe("size", { qos: 2 });
  await client.disconnect();
  const publisher = await RawClient.connected(broker, version);
  await publisher.publishAcked("size", "x".repeat(200), { qos: 1 });
  await publisher.publishAcked("size", "y".repeat(200), { qos: 2 });
  await publisher.publishAcked("size", "small", { qos: 1 });
  const narrow = await RawClient.connected(broker, version, {
    clientId: "narrow",
    cleanStart: false,
    properties: [limit, hour, [prop.receiveMaximum, 1]],
  });
  assert.equal((await narrow.receive()).payload.toString(), "small");
  await narrow.disconnect();
  const wide = await RawClient.connected(broker, version, { clientId: "narrow", cleanStart: false });
  await wide.expectNothing();
});

/** Publishes on so many topics, round and round, and returns what the subscriber got. */
async function deliveries(client: RawClient, publisher: RawClient, topics: number): Promise<PublishPacket[]> {
  await client.subscribe("alias/#", { qos: 0 });
  const messages: PublishPacket[] = [];
  for (let count = 0; count < topics * 3; count += 1) publisher.publish(`alias/${count % topics}`, `${count % topics}`);
  while (messages.length < topics * 3) messages.push(await client.receive());
  return messages;
}

statement(
  "5.0",
  "MQTT-3.1.2-26",
  "topic aliases stay within the client's maximum and mean the right topic",
  async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version, { properties: [[prop.topicAliasMaximum, 2]] });
    const publisher = await RawClient.connected(broker, version);
    for (const message of await deliveries(client, publisher, 10)) {
      const alias = property(message, prop.topicAlias);
      assert.ok(alias === undefined || alias === 1 || alias === 2, `alias ${String(alias)}`);
      assert.equal(message.topic, `alias/${message.payload.toString()}`);
    }
  },
);

statement("5.0", "MQTT-3.1.2-26", "every alias up to the largest maximum may be used", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version, { properties: [[prop.topicAliasMaximum, 65_535]] });
  const publisher = await RawClient.connected(broker, version);
  for (const message of await deliveries(client, publisher, 200)) {
    assert.notEqual(property(message, prop.topicAlias), 0);
    assert.equal(message.topic, `alias/${message.payload.toString()}`);
  }
});

for (const block of [[], [[prop.topicAliasMaximum, 0]]] as readonly (readonly Property[])[]) {
  const what = block.length === 0 ? "that names no topic alias maximum" : "with topic alias maximum 0";
  statement("5.0", "MQTT-3.1.2-27", `a client ${what} always gets whole topics`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version, { properties: block });
    const publisher = await RawClient.connected(broker, version);
    for (const message of await deliveries(client, publisher, 2)) {
      assert.equal(property(message, prop.topicAlias), undefined);
      assert.equal(message.wireTopic.toString(), `alias/${message.payload.toString()}`);
    }
  });
}

statement("5.0", "MQTT-3.1.2-28", "no response information comes unless it was asked for", async () => {
  await using broker = await startTestBroker();
  for (const block of [[], [[prop.requestResponseInformation, 0]]] as readonly (readonly Property[])[]) {
    const client = await RawClient.open(broker, version);
    const connack = await client.connect({ properties: block });
    assert.equal(property(connack, prop.responseInformation), undefined);
  }
});

const noProblems: Property = [prop.requestProblemInformation, 0];

statement("5.0", "MQTT-3.1.2-29", "acknowledgements carry no explanations for a client that wants none", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version, { properties: [noProblems] });
  const answers = [
    await client.unsubscribe("never/subscribed"),
    await client.publishAcked("no/subscriber", "x", { qos: 1 }),
    await client.publishAcked("no/subscriber", "x", { qos: 2 }),
  ];
  client.send(packets.pubrel(77), packets.pubrec(78));
  answers.push(await client.next("pubcomp"), await client.next("pubrel"));
  for (const answer of answers) assert.deepEqual(answer.properties, [], answer.type);
});

statement("5.0", "MQTT-3.1.2-29", "refusals carry no explanations for a client that wants none", async () => {
  await using broker = await startTestBroker({
    max_subscriptions_per_session: 1,
    max_retained_messages: 0,
    shared_subscription_available: false,
  });
  const client = await RawClient.connected(broker, version, { properties: [noProblems] });
  await client.subscribe("a", { qos: 2 });
  const answers = [
    await client.subscribe("b"),
    await client.publishAcked("c", "x", { qos: 1, retain: true }),
    await client.publishAcked("c", "x", { qos: 2, retain: true }),
  ];
  assert.equal(
    answers[0] !== undefined && "reasonCodes" in answers[0] && (answers[0].reasonCodes[0] ?? 0) >= 0x80,
    true,
  );
  for (const answer of answers) assert.deepEqual(answer.properties, [], answer.type);
});

statement("5.0", "MQTT-3.1.2-29", "user properties of messages reach a client that wants no explanations", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, "user/a", [noProblems]);
  const publisher = await RawClient.connected(broker, version);
  publisher.publish("user/a", "x", { properties: [[prop.userProperty, ["k", "v"]]] });
  assert.deepEqual(properties(await watcher.receive(), prop.userProperty), [["k", "v"]]);
});
