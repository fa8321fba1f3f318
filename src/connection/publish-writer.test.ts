import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBroker } from "../broker/fuzz/memory-broker.ts";
import type { MemoryClient } from "../broker/fuzz/memory-client.ts";
import type { Properties, PublishPacket } from "../protocol/mod.ts";

async function subscribed(broker: MemoryBroker, clientId: string, version: 3 | 4 | 5, properties: Properties = {}) {
  const client = broker.stream();
  client.connect(clientId, { version, properties });
  await broker.settled();
  client.subscribe("#");
  await broker.settled();
  client.take();
  return client;
}

function publications(client: MemoryClient): PublishPacket[] {
  return client.take().flatMap((packet) => (packet.type === "publish" ? [packet] : []));
}

const properties: Properties = {
  payloadFormatIndicator: 1,
  contentType: "text",
  responseTopic: "r",
  correlationData: Uint8Array.of(1, 2),
  userProperties: [["k", "v"]],
};

test("each receiver of a fan-out gets the message in its version's form", async () => {
  await using broker = new MemoryBroker();
  const receivers = [];
  for (const [index, version] of ([5, 4, 5, 3, 4] as const).entries()) {
    receivers.push(await subscribed(broker, `c${index}`, version));
  }
  const publisher = broker.stream();
  publisher.connect("publisher");
  publisher.publish("a/b", "m", { properties: { ...properties, topicAlias: 3 } });
  publisher.publish("", "n", { qos: 1, properties: { topicAlias: 3 } });
  await broker.settled();
  for (const receiver of receivers) {
    const [first, second] = publications(receiver);
    assert.deepEqual([first?.topic, second?.topic, second?.qos, second?.packetId], ["a/b", "a/b", 1, 1]);
    assert.deepEqual(first?.properties, receiver.version === 5 ? properties : {});
    assert.deepEqual(second?.properties, {});
  }
});

test("receivers whose identifiers have come apart each get their own", async () => {
  await using broker = new MemoryBroker();
  const [one, two] = [await subscribed(broker, "1", 5), broker.stream()];
  const publisher = broker.stream();
  publisher.connect("publisher");
  two.connect("2");
  publisher.publish("a", "early", { qos: 1 });
  await broker.settled();
  two.subscribe("a");
  await broker.settled();
  for (let index = 0; index < 3; index++) publisher.publish("a", `m${index}`, { qos: 1 });
  await broker.settled();
  assert.deepEqual(
    [one, two].map((client) => publications(client).map(({ packetId }) => packetId)),
    [
      [1, 2, 3, 4],
      [1, 2, 3],
    ],
  );
});

test("a message that waited for several clients is whole for each, whenever they come for it", async () => {
  await using broker = new MemoryBroker();
  const publisher = broker.stream();
  publisher.connect("publisher");
  const comeFor = async (clientId: string): Promise<MemoryClient> => {
    const client = broker.stream();
    client.connect(clientId, { cleanStart: false, properties: { sessionExpiryInterval: 100 } });
    await broker.settled();
    return client;
  };
  for (const clientId of ["1", "2"]) {
    const client = await comeFor(clientId);
    client.subscribe("#");
    client.disconnect();
    await broker.settled();
  }
  publisher.publish("a", "m", { qos: 1 });
  await broker.settled();
  for (const clientId of ["1", "2"]) {
    // What stood in the arena is written over by others' answers.
    for (let index = 0; index < 100; index++) publisher.send({ type: "pingreq" });
    await broker.settled();
    assert.deepEqual((await comeFor(clientId)).words(), ["connack present", "m qos1 #1"]);
  }
});

test("messages of one topic in one turn are not mixed up", async () => {
  await using broker = new MemoryBroker();
  const receivers = [await subscribed(broker, "1", 5), await subscribed(broker, "2", 4)];
  const publisher = broker.stream();
  publisher.connect("publisher");
  for (let index = 0; index < 300; index++) publisher.publish("a", `m${index % 7} ${index}`);
  await broker.settled();
  for (const receiver of receivers) {
    const got = publications(receiver).map(({ payload }) => Buffer.from(payload).toString());
    assert.deepEqual(
      got,
      Array.from({ length: 300 }, (_, index) => `m${index % 7} ${index}`),
    );
  }
});

test("messages too large for the arena reach all receivers, in order among small ones", async () => {
  await using broker = new MemoryBroker();
  const receivers = [
    await subscribed(broker, "1", 5),
    await subscribed(broker, "2", 4),
    await subscribed(broker, "3", 5),
  ];
  const publisher = broker.stream();
  publisher.connect("publisher");
  const sizes = [10, 100_000, 20, 70_000, 65_500, 300_000, 1];
  for (const [index, size] of sizes.entries()) publisher.publish("a", Buffer.alloc(size, index));
  await broker.settled();
  for (const receiver of receivers) {
    const got = publications(receiver).map(({ payload }) => payload);
    assert.deepEqual(
      got.map(({ length }) => length),
      sizes,
    );
    assert.ok(got.every((payload, index) => payload.every((byte) => byte === index)));
  }
});

test("a topic is sent once with its alias, and left out from then on", async () => {
  await using broker = new MemoryBroker();
  const client = await subscribed(broker, "c", 5, { topicAliasMaximum: 2 });
  const publisher = broker.stream();
  publisher.connect("publisher");
  for (const topic of ["a", "a", "b", "c", "b", "a", "c"]) publisher.publish(topic, topic);
  await broker.settled();
  const got = publications(client).map(({ topic, properties: { topicAlias } }) => [topic, topicAlias]);
  assert.deepEqual(got, [
    ["a", 1],
    ["", 1],
    ["b", 2],
    ["c", undefined],
    ["", 2],
    ["", 1],
    ["c", undefined],
  ]);
});

test("a packet that only the new alias would make too large is sent without it", async () => {
  await using broker = new MemoryBroker();
  const client = await subscribed(broker, "c", 5, { topicAliasMaximum: 2, maximumPacketSize: 50 });
  const publisher = broker.stream();
  publisher.connect("publisher");
  // 2 bytes header, 3 topic, 1 property length: 44 bytes of payload fill the packet.
  publisher.publish("a", "x".repeat(44));
  publisher.publish("a", "x".repeat(45));
  publisher.publish("a", "small");
  publisher.publish("a", "small");
  await broker.settled();
  const got = publications(client).map(({ topic, payload, properties: { topicAlias } }) => [
    topic,
    payload.length,
    topicAlias,
  ]);
  assert.deepEqual(got, [
    ["a", 44, undefined],
    ["a", 5, 1],
    ["", 5, 1],
  ]);
});

test("the time that is left of a message is counted down for each receiver", async () => {
  await using broker = new MemoryBroker();
  const away = broker.stream();
  away.connect("away", { cleanStart: false, properties: { sessionExpiryInterval: 100 } });
  away.subscribe("#");
  const online = await subscribed(broker, "online", 5);
  away.disconnect();
  await broker.settled();
  const publisher = broker.stream();
  publisher.connect("publisher");
  publisher.publish("a", "m", { qos: 1, properties: { messageExpiryInterval: 60 } });
  await broker.settled();
  await broker.advance(20);
  const back = broker.stream();
  back.connect("away", { cleanStart: false });
  await broker.settled();
  const left = [online, back].map((client) => publications(client)[0]?.properties.messageExpiryInterval);
  assert.deepEqual(left, [60, 40]);
});

test("subscription identifiers go to the one they belong to", async () => {
  await using broker = new MemoryBroker();
  const [one, two] = [await subscribed(broker, "1", 5), await subscribed(broker, "2", 5)];
  const entry = { filter: "a", qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
  one.send({ type: "subscribe", packetId: 9, entries: [entry], properties: { subscriptionIdentifiers: [77] } });
  await broker.settled();
  const publisher = broker.stream();
  publisher.connect("publisher");
  publisher.publish("a", "m");
  publisher.publish("b", "m");
  await broker.settled();
  const identifiers = [one, two].map((client) =>
    publications(client).map((packet) => packet.properties.subscriptionIdentifiers),
  );
  assert.deepEqual(identifiers, [
    [[77], undefined],
    [undefined, undefined],
  ]);
});
