import assert from "node:assert/strict";
import {
  fence,
  onlyAkasa,
  prop,
  type Property,
  property,
  type PublishPacket,
  RawClient,
  startTestBroker,
} from "../kit/mod.ts";
import { lasting } from "./lasting.ts";
import { scenario } from "./scenario.ts";

scenario("a payload that is said to be text and is not is refused, or comes unchanged with what was said", async () => {
  await using broker = await startTestBroker();
  const reader = await RawClient.connected(broker, 5);
  await reader.subscribe("abc/1", { qos: 1 });
  const publisher = await RawClient.connected(broker, 5);
  const payload = Buffer.from([0xff, 0xff, 0xff, 0xff]);
  publisher.publish("abc/1", payload, { qos: 1, properties: [[prop.payloadFormatIndicator, 1]] });
  const answer = await publisher.next();
  if (answer.type === "disconnect") {
    assert.ok([0x81, 0x99].includes(answer.reasonCode));
    await fence(await RawClient.connected(broker, 5), reader);
    return await reader.expectNothing();
  }
  assert.equal(answer.type, "puback");
  if (answer.reasonCode >= 0x80) {
    assert.equal(answer.reasonCode, 0x99);
    return await reader.expectNothing();
  }
  // Section 3.3.2.3.2: the server may check, and passes on what it was told either way [MQTT-3.3.2-4].
  const message = await reader.receive();
  assert.deepEqual([message.payload, property(message, prop.payloadFormatIndicator)], [payload, 1]);
});

scenario(
  "messages whose time is over do not come to a client that was away, the others come with what is left",
  async () => {
    await using broker = await startTestBroker({}, { manualClock: true });
    const before = await RawClient.connected(broker, 5, lasting(5, "reader"));
    await before.subscribe("abc/1", { qos: 1 });
    await before.disconnect();
    const publisher = await RawClient.connected(broker, 5);
    for (const seconds of [1, 2, 3, 4]) {
      const properties: Property[] = [[prop.messageExpiryInterval, seconds]];
      await publisher.publishAcked("abc/1", `${seconds}`, { properties });
    }
    await broker.advance(2_000);
    const after = await RawClient.connected(broker, 5, lasting(5, "reader"));
    for (const seconds of [3, 4]) {
      const message = await after.receive();
      assert.equal(message.payload.toString(), `${seconds}`);
      assert.equal(property(message, prop.messageExpiryInterval), seconds - 2);
    }
    await after.expectNothing();
  },
);

scenario("a request carries where and under what name to answer, and the answer carries the name back", async () => {
  await using broker = await startTestBroker();
  const asking = await RawClient.connected(broker, 5);
  const answering = await RawClient.connected(broker, 5);
  await asking.subscribe("/client1/response", { qos: 2 });
  await answering.subscribe("/client2/request", { qos: 2 });
  const correlation: Property = [prop.correlationData, Buffer.from("request-id-01")];
  asking.publish("/client2/request", "ping", { properties: [[prop.responseTopic, "/client1/response"], correlation] });
  const request = await answering.receive();
  assert.equal(request.payload.toString(), "ping");
  const where = property(request, prop.responseTopic);
  assert.equal(where, "/client1/response");
  assert.deepEqual(property(request, prop.correlationData), correlation[1]);
  answering.publish(where, "pong", { properties: [correlation] });
  const response = await asking.receive();
  assert.equal(response.payload.toString(), "pong");
  assert.deepEqual(property(response, prop.correlationData), correlation[1]);
});

scenario("a client may not send a subscription identifier in PUBLISH", async () => {
  onlyAkasa("mosquitto 2.0.11 takes it");
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  client.publish("xyz", "0", { properties: [[prop.subscriptionIdentifier, 2]] });
  await client.expectDisconnect(0x82);
});

/** Publishes to itself with an alias and returns what came back. */
async function roundTrip(client: RawClient, topic: string, alias: number, payload: string): Promise<PublishPacket> {
  client.publish(topic, payload, { properties: [[prop.topicAlias, alias]] });
  const message = await client.receive();
  assert.equal(message.payload.toString(), payload);
  assert.equal(property(message, prop.topicAlias), undefined, "the publisher's alias is its own affair");
  return message;
}

async function aliasing(broker: Parameters<typeof RawClient.connected>[0]): Promise<RawClient> {
  const client = await RawClient.connected(broker, 5);
  await client.subscribe([
    { filter: "abc/0", qos: 2 },
    { filter: "xyz/+", qos: 2 },
  ]);
  return client;
}

scenario("a topic alias stands for its topic", async () => {
  await using broker = await startTestBroker();
  const client = await aliasing(broker);
  for (const [alias, topic] of [
    [1, "abc/0"],
    [2, "xyz/1"],
  ] as const) {
    for (const payload of ["0", "1", "2", "3", "4"]) {
      assert.equal((await roundTrip(client, payload === "0" ? topic : "", alias, payload)).topic, topic);
    }
  }
  assert.equal((await roundTrip(client, "", 1, "again")).topic, "abc/0");
});

scenario("a topic alias may be given another topic", async () => {
  await using broker = await startTestBroker();
  const client = await aliasing(broker);
  for (const topic of ["abc/0", "xyz/1"]) {
    for (const payload of ["0", "1", "2"]) {
      assert.equal((await roundTrip(client, payload === "0" ? topic : "", 1, payload)).topic, topic);
    }
  }
});

for (const [what, topic, alias, codes] of [
  ["topic alias 0", "abc/0", 0, [0x94]],
  ["a topic alias above the maximum", "abc/0", 257, [0x94]],
  // Section 3.3.2.3.4 calls it a Protocol Error, table 3.13 has 0x94 for an alias that is not valid.
  ["a topic alias that was never set", "", 2, [0x82, 0x94]],
] as const) {
  scenario(`${what} ends the connection with the code for it`, async () => {
    await using broker = await startTestBroker({ topic_alias_max: 256 });
    const client = await aliasing(broker);
    client.publish(topic, "0", { properties: [[prop.topicAlias, alias]] });
    await client.expectDisconnect(...codes);
  });
}

scenario("the largest topic alias that the broker announced works", async () => {
  await using broker = await startTestBroker({ topic_alias_max: 256 });
  const client = await aliasing(broker);
  await roundTrip(client, "abc/0", 256, "0");
  assert.equal((await roundTrip(client, "", 256, "1")).topic, "abc/0");
});

scenario("an empty topic without an alias ends the connection with 0x82", async () => {
  await using broker = await startTestBroker();
  const client = await aliasing(broker);
  client.publish("", "0");
  await client.expectDisconnect(0x82);
});
