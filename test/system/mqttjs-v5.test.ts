import assert from "node:assert/strict";
import { startTestBroker } from "../kit/mod.ts";
import { MqttJs } from "./mqttjs-client.ts";
import { scenario } from "./scenario.ts";

scenario("every property of a message that MQTT.js sends reaches MQTT.js", async () => {
  await using broker = await startTestBroker();
  await using reader = await MqttJs.connected(broker, 5);
  await using writer = await MqttJs.connected(broker, 5);
  await reader.client.subscribeAsync("told", { qos: 1 });
  const properties = {
    payloadFormatIndicator: true,
    messageExpiryInterval: 300,
    contentType: "text/plain",
    responseTopic: "answers",
    correlationData: Buffer.from([1, 2, 3]),
    userProperties: { first: "1", second: ["2", "3"] },
  };
  await writer.client.publishAsync("told", "hello", { qos: 1, properties });
  const { packet } = await reader.next();
  const { messageExpiryInterval, userProperties, ...rest } = packet.properties ?? {};
  const { messageExpiryInterval: _, userProperties: sent, ...expected } = properties;
  assert.deepEqual(rest, expected);
  assert.deepEqual({ ...userProperties }, sent);
  assert.ok(messageExpiryInterval === 300 || messageExpiryInterval === 299);
});

scenario("MQTT.js asks, and MQTT.js answers where it was asked to", async () => {
  await using broker = await startTestBroker();
  await using server = await MqttJs.connected(broker, 5);
  await using asking = await MqttJs.connected(broker, 5);
  await server.client.subscribeAsync("double", { qos: 1 });
  await asking.client.subscribeAsync("answers/7", { qos: 1 });
  const correlationData = Buffer.from("question 1");
  await asking.client.publishAsync("double", "21", {
    qos: 1,
    properties: { responseTopic: "answers/7", correlationData },
  });
  const { text, packet } = await server.next();
  const { responseTopic = "", correlationData: name } = packet.properties ?? {};
  await server.client.publishAsync(responseTopic, `${Number(text) * 2}`, {
    qos: 1,
    properties: { correlationData: name as Buffer },
  });
  const answer = await asking.next();
  assert.deepEqual([answer.text, answer.packet.properties?.correlationData], ["42", correlationData]);
});

scenario("MQTT.js uses topic aliases toward the broker and understands those of the broker", async () => {
  await using broker = await startTestBroker({ topic_alias_max: 4 });
  await using reader = await MqttJs.connected(broker, 5, { properties: { topicAliasMaximum: 3 } });
  await using writer = await MqttJs.connected(broker, 5, { autoAssignTopicAlias: true, autoUseTopicAlias: true });
  await reader.client.subscribeAsync("sensors/#", { qos: 1 });
  const aliases: unknown[] = [];
  reader.client.on("packetreceive", (packet) => {
    if (packet.cmd === "publish") aliases.push(packet.properties?.topicAlias);
  });
  // More topics than aliases in both directions.
  const topics = Array.from({ length: 60 }, (_, index) => `sensors/${index % 6}`);
  for (const [index, topic] of topics.entries()) await writer.client.publishAsync(topic, `${index}`, { qos: 1 });
  const messages = await reader.receive(topics.length);
  assert.deepEqual(
    messages.map(({ topic, text }) => [topic, text]),
    topics.map((topic, index) => [topic, `${index}`]),
  );
  assert.ok(
    aliases.some((alias) => alias !== undefined),
    "the broker used no alias",
  );
});

for (const receiveMaximum of [1, 3]) {
  scenario(
    `MQTT.js with a Receive Maximum of ${receiveMaximum} gets a long backlog in order, each message once`,
    async () => {
      await using broker = await startTestBroker();
      const session = { clientId: "js", clean: false, properties: { sessionExpiryInterval: 300, receiveMaximum } };
      const before = await MqttJs.connected(broker, 5, session);
      await before.client.subscribeAsync("many", { qos: 2 });
      await before.client.endAsync();
      await using writer = await MqttJs.connected(broker, 5);
      const sent = Array.from({ length: 100 }, (_, index) => `${index}`);
      for (const text of sent) await writer.client.publishAsync("many", text, { qos: 2 });
      await using after = await MqttJs.connected(broker, 5, session);
      const messages = await after.receive(sent.length);
      assert.deepEqual(
        messages.map(({ text }) => text),
        sent,
      );
    },
  );
}

scenario("MQTT.js is told the identifiers of all its subscriptions that match", async () => {
  await using broker = await startTestBroker();
  await using client = await MqttJs.connected(broker, 5);
  await client.client.subscribeAsync("a/+", { qos: 1, properties: { subscriptionIdentifier: 7 } });
  await client.client.subscribeAsync("a/#", { qos: 0, properties: { subscriptionIdentifier: 300_000 } });
  await client.client.publishAsync("a/b", "x", { qos: 1 });
  const { packet } = await client.next();
  const identifiers = [packet.properties?.subscriptionIdentifier ?? []].flat();
  assert.deepEqual(
    identifiers.toSorted((left, right) => left - right),
    [7, 300_000],
  );
  assert.equal(packet.qos, 1);
  await client.client.publishAsync("a/b/c", "y", { qos: 1 });
  assert.deepEqual([(await client.next()).packet.properties?.subscriptionIdentifier ?? []].flat(), [300_000]);
  assert.deepEqual(client.left, []);
});

scenario("MQTT.js members of a shared group get each message once between them", async () => {
  await using broker = await startTestBroker({ shared_subscription_mode: "round_robin" });
  await using one = await MqttJs.connected(broker, 5);
  await using two = await MqttJs.connected(broker, 4);
  for (const member of [one, two]) await member.client.subscribeAsync("$share/group/jobs", { qos: 1 });
  await using writer = await MqttJs.connected(broker, 5);
  for (let number = 0; number < 20; number += 1) await writer.client.publishAsync("jobs", `${number}`, { qos: 1 });
  const texts = [...(await one.receive(10)), ...(await two.receive(10))].map(({ text }) => Number(text));
  assert.deepEqual(
    texts.toSorted((left, right) => left - right),
    Array.from({ length: 20 }, (_, index) => index),
  );
});

scenario("no local, retain as published and retain handling do for MQTT.js what they say", async () => {
  await using broker = await startTestBroker();
  await using client = await MqttJs.connected(broker, 5);
  await client.client.publishAsync("kept", "before", { qos: 1, retain: true });
  await client.client.subscribeAsync("kept", { qos: 1, nl: true, rap: true, rh: 2 });
  await client.client.publishAsync("kept", "own", { qos: 1 });
  await using other = await MqttJs.connected(broker, 5);
  await other.client.publishAsync("kept", "other", { qos: 1, retain: true });
  const { text, packet } = await client.next();
  assert.deepEqual([text, packet.retain, client.left.length], ["other", true, 0]);
});

scenario("MQTT.js is told that nobody subscribes, and why a subscription is refused", async () => {
  await using broker = await startTestBroker({ shared_subscription_available: false });
  await using client = await MqttJs.connected(broker, 5);
  const codes: unknown[] = [];
  client.client.on("packetreceive", (packet) => {
    if (packet.cmd === "puback") codes.push(packet.reasonCode);
  });
  await client.client.publishAsync("nobody", "x", { qos: 1 });
  assert.deepEqual(codes, [0x10]);
  await assert.rejects(client.client.subscribeAsync("$share/g/a", { qos: 1 }));
  await client.client.subscribeAsync("a", { qos: 1 });
});
