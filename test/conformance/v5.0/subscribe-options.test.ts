import assert from "node:assert/strict";
import {
  onlyAkasa,
  packets,
  prop,
  properties,
  type PublishPacket,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type SubscribeOptions,
} from "../../kit/mod.ts";
import { receiveMany, texts } from "../receive-many.ts";

statement(
  "5.0",
  "MQTT-3.8.3-3",
  "with No Local a client does not get its own messages, but those of others",
  async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, 5);
    const other = await RawClient.connected(broker, 5);
    await client.subscribe("silent", { qos: 1, noLocal: true });
    await client.subscribe("loud", { qos: 1, noLocal: false });
    for (const topic of ["silent", "loud"]) await client.publishAcked(topic, "own");
    await settle(broker);
    const own = await client.receive();
    assert.deepEqual([own.topic, own.payload.toString()], ["loud", "own"]);
    await client.expectNothing();
    for (const topic of ["silent", "loud"]) await other.publishAcked(topic, "foreign");
    assert.deepEqual(
      (await receiveMany(client, 2)).map(({ topic }) => topic),
      ["silent", "loud"],
    );
    await client.expectNothing();
  },
);

statement("5.0", "MQTT-3.8.4-3", "a repeated SUBSCRIBE replaces the subscription with all its options", async () => {
  onlyAkasa("mosquitto 2.0.11 keeps the old No Local and Retain As Published");
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  const other = await RawClient.connected(broker, 5);
  const identifier = (value: number): SubscribeOptions => ({ properties: [[prop.subscriptionIdentifier, value]] });
  const outline = (message: PublishPacket): unknown => [
    message.qos,
    message.retain,
    properties(message, prop.subscriptionIdentifier),
  ];
  const steps: [options: SubscribeOptions, own: unknown[], foreign: unknown[]][] = [
    [{ qos: 0, ...identifier(1) }, [[0, false, [1]]], [[0, false, [1]]]],
    [{ qos: 2, retainAsPublished: true, ...identifier(2) }, [[2, true, [2]]], [[2, true, [2]]]],
    [{ qos: 1, noLocal: true, ...identifier(3) }, [], [[1, false, [3]]]],
    [{ qos: 1 }, [[1, false, []]], [[1, false, []]]],
  ];
  for (const [options, own, foreign] of steps) {
    await client.subscribe("again", { retainHandling: 2, ...options });
    for (const [publisher, expected] of [
      [client, own],
      [other, foreign],
    ] as const) {
      await publisher.publishAcked("again", "x", { qos: 2, retain: true });
      assert.deepEqual((await receiveMany(client, expected.length)).map(outline), expected);
      await settle(broker);
      await client.expectNothing();
    }
  }
});

statement(
  "5.0",
  "MQTT-3.8.4-4",
  "subscribing again during a stream sends the retained messages and loses nothing",
  async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, 5);
    const client = await RawClient.connected(broker, 5);
    await publisher.publishAcked("stream/kept", "kept", { retain: true });
    await client.subscribe("stream/#", { qos: 1 });
    const rounds = 100;
    const inEach = 5;
    for (let round = 0; round < rounds; round += 1) {
      client.send(packets.subscribe({ version: 5, packetId: 1000 + round, filters: [{ filter: "stream/#", qos: 1 }] }));
      const ids = Array.from({ length: inEach }, (_, index) =>
        publisher.publish("stream/live", `${round * inEach + index}`, { qos: 1 }),
      );
      for (const packetId of ids) await publisher.take("puback", { packetId });
    }
    const live: string[] = [];
    let kept = 0;
    let subacks = 0;
    while (live.length < rounds * inEach || kept < rounds + 1 || subacks < rounds) {
      const packet = await client.next();
      if (packet.type === "suback") subacks += 1;
      if (packet.type !== "publish") continue;
      await client.acknowledge(packet);
      assert.equal(packet.retain, packet.topic === "stream/kept");
      if (packet.retain) kept += 1;
      else live.push(packet.payload.toString());
    }
    assert.deepEqual(
      live,
      Array.from({ length: rounds * inEach }, (_, index) => `${index}`),
    );
    await settle(broker);
    await client.expectNothing();
  },
);

statement("5.0", "MQTT-3.8.4-8", "a message is delivered at the lower of its own and the granted QoS", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  for (const granted of [0, 1, 2]) {
    const client = await RawClient.connected(broker, 5);
    assert.deepEqual((await client.subscribe("matrix", { qos: granted })).reasonCodes, [granted]);
    for (const published of [0, 1, 2]) {
      if (published === 0) publisher.publish("matrix", "0");
      else await publisher.publishAcked("matrix", `${published}`, { qos: published });
    }
    const messages = await receiveMany(client, 3);
    assert.deepEqual(texts(messages), ["0", "1", "2"]);
    assert.deepEqual(
      messages.map(({ qos }) => qos),
      [0, 1, 2].map((published) => Math.min(published, granted)),
    );
    await client.disconnect();
  }
});
