import assert from "node:assert/strict";
import { onlyAkasa, packets, RawClient, settle, startTestBroker, statement, type TestBroker } from "../../kit/mod.ts";

/*
 * The kit fails every test of the suite in which the broker acknowledges with a code that the standard does not define
 * for that packet (server-rules.ts). Here each of the ways to an acknowledgement is gone once on purpose.
 */

const publishCodes = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

/** The codes that a message nobody wants, one that somebody wants, and one the broker refuses are answered with. */
async function answers(broker: TestBroker, qos: number): Promise<number[]> {
  const subscriber = await RawClient.connected(broker, 5);
  await subscriber.subscribe("wanted", { qos: 0 });
  const publisher = await RawClient.connected(broker, 5);
  const codes: number[] = [];
  for (const [topic, retain] of [
    ["unwanted", false],
    ["wanted", false],
    ["kept", true],
  ] as const) {
    const packetId = publisher.publish(topic, "x", { qos, retain });
    const answer = await publisher.next(qos === 1 ? "puback" : "pubrec");
    assert.equal(answer.packetId, packetId);
    codes.push(answer.reasonCode);
  }
  return codes;
}

/** An acknowledgement with a code that its packet does not have ends this connection, and touches nobody else. */
async function expectRefused(broker: TestBroker, client: RawClient, bytes: Buffer): Promise<void> {
  onlyAkasa("mosquitto 2.0.11 does not look at the code");
  client.send(bytes);
  await client.expectDisconnect(0x82);
  await settle(broker);
}

/** A client that has received one message and not answered it. */
async function receiving(broker: TestBroker, qos: number): Promise<{ client: RawClient; packetId: number }> {
  const client = await RawClient.connected(broker, 5);
  const publisher = await RawClient.connected(broker, 5);
  await client.subscribe("open", { qos });
  await publisher.publishAcked("open", "x", { qos });
  const { packetId } = await client.next("publish");
  return { client, packetId };
}

statement("5.0", "MQTT-3.3.4-1", "a PUBLISH is answered by its QoS: not at all, by PUBACK, by PUBREC", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  publisher.publish("topic", "x");
  await publisher.expectNothing();
  const first = publisher.publish("topic", "x", { qos: 1 });
  const puback = await publisher.next("puback");
  assert.equal(puback.packetId, first);
  assert.ok([0x00, 0x10].includes(puback.reasonCode));
  const second = publisher.publish("topic", "x", { qos: 2 });
  const pubrec = await publisher.next("pubrec");
  assert.equal(pubrec.packetId, second);
  assert.ok([0x00, 0x10].includes(pubrec.reasonCode));
  await publisher.expectNothing();
});

statement(
  "5.0",
  "MQTT-3.4.2-1",
  "a PUBACK has a code of PUBACK, whether the message was taken or refused",
  async () => {
    await using broker = await startTestBroker({ max_retained_messages: 0 });
    const codes = await answers(broker, 1);
    for (const code of codes) assert.ok(publishCodes.includes(code));
    assert.deepEqual(
      codes.map((code) => code >= 0x80),
      [false, false, true],
    );
    assert.equal(codes[2], 0x97);
  },
);

statement(
  "5.0",
  "MQTT-3.5.2-1",
  "a PUBREC has a code of PUBREC, whether the message was taken or refused",
  async () => {
    await using broker = await startTestBroker({ max_retained_messages: 0 });
    const codes = await answers(broker, 2);
    for (const code of codes) assert.ok(publishCodes.includes(code));
    assert.deepEqual(
      codes.map((code) => code >= 0x80),
      [false, false, true],
    );
    assert.equal(codes[2], 0x97);
  },
);

statement("5.0", "MQTT-3.4.2-1", "a client's PUBACK with an undefined code ends its connection", async () => {
  await using broker = await startTestBroker();
  const { client, packetId } = await receiving(broker, 1);
  await expectRefused(broker, client, packets.puback(packetId, { reasonCode: 0x01 }));
});

statement("5.0", "MQTT-3.5.2-1", "a client's PUBREC with an undefined code ends its connection", async () => {
  await using broker = await startTestBroker();
  const { client, packetId } = await receiving(broker, 2);
  await expectRefused(broker, client, packets.pubrec(packetId, { reasonCode: 0x01 }));
});

statement("5.0", "MQTT-3.6.1-1", "a PUBREL with other flags than 0010 ends the connection with 0x81", async () => {
  onlyAkasa("mosquitto 2.0.11 closes without a DISCONNECT, as it may");
  await using broker = await startTestBroker();
  for (const firstByte of [0x60, 0x61, 0x63, 0x66, 0x6a]) {
    const publisher = await RawClient.connected(broker, 5);
    const packetId = publisher.publish("topic", "x", { qos: 2 });
    await publisher.next("pubrec");
    publisher.send(packets.pubrel(packetId, { firstByte }));
    await publisher.expectDisconnect(0x81);
  }
});

statement("5.0", "MQTT-3.6.2-1", "a PUBREL has 0x00, or 0x92 for a PUBREC of no message", async () => {
  onlyAkasa("mosquitto 2.0.11 says 0x00 for everything");
  await using broker = await startTestBroker();
  const { client, packetId } = await receiving(broker, 2);
  client.send(packets.pubrec(packetId));
  assert.equal((await client.take("pubrel", { packetId })).reasonCode, 0x00);
  client.send(packets.pubrec(4711));
  assert.equal((await client.take("pubrel", { packetId: 4711 })).reasonCode, 0x92);
  await client.expectNothing();
});

statement("5.0", "MQTT-3.6.2-1", "a client's PUBREL with an undefined code ends its connection", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  const packetId = client.publish("topic", "x", { qos: 2 });
  await client.next("pubrec");
  await expectRefused(broker, client, packets.pubrel(packetId, { reasonCode: 0x01 }));
});

statement("5.0", "MQTT-3.7.2-1", "a PUBCOMP has 0x00, or 0x92 for a PUBREL of no message", async () => {
  onlyAkasa("mosquitto 2.0.11 says 0x00 for everything");
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  const packetId = client.publish("topic", "x", { qos: 2 });
  await client.next("pubrec");
  client.send(packets.pubrel(packetId));
  assert.equal((await client.take("pubcomp", { packetId })).reasonCode, 0x00);
  client.send(packets.pubrel(4711));
  assert.equal((await client.take("pubcomp", { packetId: 4711 })).reasonCode, 0x92);
  await client.expectNothing();
});

statement("5.0", "MQTT-3.7.2-1", "a client's PUBCOMP with an undefined code ends its connection", async () => {
  await using broker = await startTestBroker();
  const { client, packetId } = await receiving(broker, 2);
  client.send(packets.pubrec(packetId));
  await client.next("pubrel");
  await expectRefused(broker, client, packets.pubcomp(packetId, { reasonCode: 0x01 }));
});
