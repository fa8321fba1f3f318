import assert from "node:assert/strict";
import {
  fence,
  onlyAkasa,
  packets,
  prop,
  property,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";
import { expectEnded } from "./expect-ended.ts";
import { expectRefused } from "./expect-refused.ts";

const version = 5;

statement("5.0", "MQTT-2.1.3-1", "the broker's packets have the reserved bits that the standard lists", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, version);
  assert.equal((await client.connect()).firstByte, 0x20);
  assert.equal((await client.subscribe("flags", { qos: 2 })).firstByte, 0x90);
  const qos1 = client.publish("flags", "1", { qos: 1 });
  assert.equal((await client.take("puback", { packetId: qos1 })).firstByte, 0x40);
  const first = await client.take("publish");
  assert.equal(first.firstByte, 0x32);
  client.send(packets.puback(first.packetId));
  const qos2 = client.publish("flags", "2", { qos: 2 });
  assert.equal((await client.take("pubrec", { packetId: qos2 })).firstByte, 0x50);
  client.send(packets.pubrel(qos2));
  assert.equal((await client.take("pubcomp", { packetId: qos2 })).firstByte, 0x70);
  const second = await client.take("publish");
  assert.equal(second.firstByte, 0x34);
  client.send(packets.pubrec(second.packetId));
  assert.equal((await client.take("pubrel", { packetId: second.packetId })).firstByte, 0x62);
  client.send(packets.pubcomp(second.packetId));
  assert.equal((await client.unsubscribe("flags")).firstByte, 0xb0);
  client.send(packets.pingreq());
  assert.equal((await client.next("pingresp")).firstByte, 0xd0);
  client.send(packets.connect({ version }));
  // A broker may end the connection without a word.
  for (const goodbye of await client.expectClosed()) assert.equal(goodbye.firstByte, 0xe0);
});

const ignored = "mosquitto 2.0.11 does not look at these bits";
const wrongFlags: readonly (readonly [name: string, packet: Buffer, deviation?: string])[] = [
  ["PUBACK 0001", packets.puback(1, { firstByte: 0x41 }), ignored],
  ["PUBACK 1000", packets.puback(1, { firstByte: 0x48 }), ignored],
  ["PUBREC 0010", packets.pubrec(1, { firstByte: 0x52 }), ignored],
  ["PUBREL 0000", packets.pubrel(1, { firstByte: 0x60 })],
  ["PUBREL 0011", packets.pubrel(1, { firstByte: 0x63 })],
  ["PUBREL 1010", packets.pubrel(1, { firstByte: 0x6a })],
  ["PUBCOMP 0100", packets.pubcomp(1, { firstByte: 0x74 }), ignored],
  ["SUBSCRIBE 0000", packets.subscribe({ version, packetId: 1, filters: [{ filter: "a" }], firstByte: 0x80 })],
  ["SUBSCRIBE 1010", packets.subscribe({ version, packetId: 1, filters: [{ filter: "a" }], firstByte: 0x8a })],
  ["UNSUBSCRIBE 0000", packets.unsubscribe({ version, packetId: 1, filters: ["a"], firstByte: 0xa0 })],
  ["UNSUBSCRIBE 0011", packets.unsubscribe({ version, packetId: 1, filters: ["a"], firstByte: 0xa3 })],
  ["PINGREQ 0001", packets.pingreq(0xc1), ignored],
  ["DISCONNECT 0001", packets.disconnect({ firstByte: 0xe1 })],
  ["AUTH 0001", packets.auth({ firstByte: 0xf1 })],
];

for (const [name, packet, deviation] of wrongFlags) {
  statement("5.0", "MQTT-2.1.3-1", `reserved bits ${name} end the connection`, async () => {
    if (deviation !== undefined) onlyAkasa(deviation);
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version);
    client.send(packet);
    await expectEnded(client, 0x81);
  });
}

statement("5.0", "MQTT-2.1.3-1", "a CONNECT with reserved bits set is refused", async () => {
  await using broker = await startTestBroker();
  for (const firstByte of [0x11, 0x12, 0x14, 0x18, 0x1f]) {
    await expectRefused(broker, packets.connect({ version, firstByte }), 0x81);
  }
});

statement("5.0", "MQTT-2.2.1-2", "a delivered QoS 0 message has its properties directly behind the topic", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version);
  await client.subscribe("q", { qos: 2 });
  client.publish("q", "xyz");
  assert.equal((await client.receive()).raw.toString("hex"), "3007000171" + "00" + "78797a");
});

statement("5.0", "MQTT-2.2.1-3", "a packet id of 0 ends the connection", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, version);
  await watcher.subscribe("zero/#");
  for (const packet of [
    packets.subscribe({ version, packetId: 0, filters: [{ filter: "a" }] }),
    packets.unsubscribe({ version, packetId: 0, filters: ["a"] }),
    packets.publish({ version, topic: "zero/1", qos: 1, packetId: 0 }),
    packets.publish({ version, topic: "zero/2", qos: 2, packetId: 0 }),
  ]) {
    const client = await RawClient.connected(broker, version);
    client.send(packet);
    await expectEnded(client, 0x81, 0x82);
  }
  await settle(broker);
  await watcher.expectNothing();
});

statement(
  "5.0",
  "MQTT-2.2.1-3",
  "a packet id that is still in use hurts at most the client that uses it twice",
  async () => {
    await using broker = await startTestBroker();
    const bystander = await RawClient.connected(broker, version);
    await bystander.subscribe("twice/#", { qos: 2 });
    const reuses = [
      packets.subscribe({ version, packetId: 5, filters: [{ filter: "a" }] }),
      packets.unsubscribe({ version, packetId: 5, filters: ["a"] }),
      packets.publish({ version, topic: "reused/1", qos: 1, packetId: 5 }),
    ];
    const answers = ["suback", "unsuback", "puback"] as const;
    for (const [index, packet] of reuses.entries()) {
      const client = await RawClient.connected(broker, version);
      client.publish(`twice/${index}`, "first", { qos: 2, packetId: 5 });
      await client.take("pubrec", { packetId: 5 });
      client.send(packet);
      const answer = await client.next();
      assert.ok([answers[index], "disconnect"].includes(answer.type), `a ${answer.type} came`);
      const codes = "reasonCodes" in answer ? answer.reasonCodes : "reasonCode" in answer ? [answer.reasonCode] : [];
      for (const code of codes) assert.ok([0, 0x10, 0x11, 0x82, 0x91].includes(code), `code 0x${code.toString(16)}`);
    }
    await fence(bystander, bystander);
  },
);

/** A publisher that sends QoS 1 messages as fast as the broker's Receive Maximum lets it. */
async function startFlood(broker: TestBroker): Promise<{ publisher: RawClient; batch: number }> {
  const publisher = await RawClient.open(broker, version);
  const connack = await publisher.connect();
  const receiveMaximum = Number(property(connack, prop.receiveMaximum) ?? 65_535);
  return { publisher, batch: Math.min(receiveMaximum, 500) };
}

async function publishBatch(publisher: RawClient, topic: string, count: number): Promise<void> {
  const ids = Array.from({ length: count }, () => publisher.nextPacketId());
  publisher.send(...ids.map((packetId) => packets.publish({ version, topic, qos: 1, packetId })));
  await publisher.take("puback", { packetId: ids.at(-1) ?? 0, within: 10_000 });
  publisher.drain();
}

statement("5.0", "MQTT-2.2.1-4", "200 deliveries without an answer have 200 packet ids, none of them 0", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, version, { properties: [[prop.receiveMaximum, 300]] });
  await subscriber.subscribe("ids", { qos: 2 });
  const { publisher, batch } = await startFlood(broker);
  for (let sent = 0; sent < 200; sent += batch) await publishBatch(publisher, "ids", Math.min(batch, 200 - sent));
  const ids = new Set<number>();
  while (ids.size < 200) {
    const { packetId } = await subscriber.next("publish");
    assert.notEqual(packetId, 0);
    assert.ok(!ids.has(packetId), `packet id ${packetId} is in use`);
    ids.add(packetId);
  }
  await subscriber.expectNothing();
});

statement("5.0", "MQTT-2.2.1-4", "a packet id that is still in use is left out when the ids begin anew", async () => {
  onlyAkasa("mosquitto 2.0.11 gives away a packet id that is in flight");
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, version, { properties: [[prop.receiveMaximum, 1000]] });
  await subscriber.subscribe("around", { qos: 1 });
  const { publisher, batch } = await startFlood(broker);
  await publishBatch(publisher, "around", 1);
  const pending = (await subscriber.next("publish")).packetId;
  const seen = new Set([pending]);
  // Every other id comes once before any comes again, so 65,535 more messages surely meet one a second time.
  for (let received = 0; received < 65_600; received += batch) {
    await publishBatch(publisher, "around", batch);
    const answers: Buffer[] = [];
    while (answers.length < batch) {
      const { packetId } = await subscriber.next("publish");
      assert.notEqual(packetId, 0);
      assert.notEqual(packetId, pending, "the id of the pending message was given away");
      seen.add(packetId);
      answers.push(packets.puback(packetId));
    }
    subscriber.send(...answers);
  }
  subscriber.send(packets.puback(pending));
  await subscriber.expectNothing();
});

statement("5.0", "MQTT-2.2.1-5", "every answer to a client's PUBLISH repeats its packet id", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version);
  for (const packetId of [1, 0x1234, 0xffff]) {
    client.publish("ids", "1", { qos: 1, packetId });
    assert.equal((await client.next("puback")).packetId, packetId);
    client.publish("ids", "2", { qos: 2, packetId });
    assert.equal((await client.next("pubrec")).packetId, packetId);
    client.send(packets.pubrel(packetId));
    assert.equal((await client.next("pubcomp")).packetId, packetId);
  }
});

statement("5.0", "MQTT-2.2.1-5", "an answer with packet id 0, which no PUBLISH has, ends the connection", async () => {
  onlyAkasa("mosquitto 2.0.11 does not look at the id");
  await using broker = await startTestBroker();
  for (const answer of [packets.puback, packets.pubrec, packets.pubrel, packets.pubcomp]) {
    const client = await RawClient.connected(broker, version);
    client.send(answer(0));
    await client.expectDisconnect(0x82);
  }
});

statement("5.0", "MQTT-2.2.1-5", "a PUBREL of the broker repeats the packet id of its PUBLISH", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version);
  await client.subscribe("ids", { qos: 2 });
  for (let count = 0; count < 3; count += 1) await client.publishAcked("ids", "x", { qos: 2 });
  for (const { packetId } of [
    await client.next("publish"),
    await client.next("publish"),
    await client.next("publish"),
  ]) {
    client.send(packets.pubrec(packetId));
    assert.equal((await client.next("pubrel")).packetId, packetId);
    client.send(packets.pubcomp(packetId));
  }
  await client.expectNothing();
});

statement("5.0", "MQTT-2.2.1-6", "SUBACK and UNSUBACK repeat the packet ids of their requests", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version);
  client.send(
    packets.subscribe({ version, packetId: 0x1234, filters: [{ filter: "a" }] }),
    packets.unsubscribe({ version, packetId: 0xffff, filters: ["a"] }),
    packets.subscribe({ version, packetId: 7, filters: [{ filter: "b" }] }),
    packets.unsubscribe({ version, packetId: 1, filters: ["nobody"] }),
  );
  const answers = [
    await client.take("suback", { packetId: 0x1234 }),
    await client.take("unsuback", { packetId: 0xffff }),
    await client.take("suback", { packetId: 7 }),
    await client.take("unsuback", { packetId: 1 }),
  ];
  assert.deepEqual(
    answers.map(({ reasonCodes }) => reasonCodes),
    [[0], [0], [0], [0x11]],
  );
  await client.expectNothing();
});

statement("5.0", "MQTT-2.2.2-1", "packets of the broker without properties say so with a length of 0", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, version);
  const connack = await client.connect();
  // Flags, code, then the length of what the broker chose to announce.
  assert.equal(connack.raw[4], connack.raw.length - 5);
  const suback = await client.subscribe("a", { packetId: 9 });
  if (suback.properties.length === 0) assert.equal(suback.raw.toString("hex"), "9004000900" + "00");
  client.publish("a", "x");
  assert.equal((await client.receive()).raw.toString("hex"), "3005000161" + "00" + "78");
  client.send(packets.unsubscribe({ version, packetId: 10, filters: ["a"] }));
  const unsuback = await client.next("unsuback");
  if (unsuback.properties.length === 0) assert.equal(unsuback.raw.toString("hex"), "b004000a00" + "00");
});

statement("5.0", "MQTT-2.2.2-1", "a packet without its property length ends the connection", async () => {
  await using broker = await startTestBroker();
  for (const packet of [
    packets.subscribe({ version: 4, packetId: 1, filters: [{ filter: "a" }] }),
    packets.unsubscribe({ version: 4, packetId: 1, filters: ["a"] }),
    packets.publish({ version: 4, topic: "a" }),
  ]) {
    const client = await RawClient.connected(broker, version);
    client.send(packet);
    await expectEnded(client, 0x81, 0x82);
  }
  await expectRefused(broker, packets.connect({ version: 4, protocolLevel: 5, clientId: "c" }), 0x81);
});
