import assert from "node:assert/strict";
import { once } from "node:events";
import {
  closedWithinMilliseconds,
  onlyAkasa,
  openStream,
  packets,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";
import { expectEnded } from "./expect-ended.ts";
import { expectRefused, refusal } from "./expect-refused.ts";
import { watching } from "./watching.ts";

const version = 5;

const firstPackets: readonly (readonly [name: string, packet: Buffer])[] = [
  ["PINGREQ", packets.pingreq()],
  ["PUBLISH", packets.publish({ version, topic: "first/a", payload: "x", retain: true })],
  ["SUBSCRIBE", packets.subscribe({ version, packetId: 1, filters: [{ filter: "first/#" }] })],
  ["UNSUBSCRIBE", packets.unsubscribe({ version, packetId: 1, filters: ["first/#"] })],
  ["PUBACK", packets.puback(1)],
  ["PUBREL", packets.pubrel(1)],
  ["DISCONNECT", packets.disconnect()],
  ["AUTH", packets.auth({ reasonCode: 0x18, properties: [[0x15, "X"]] })],
  ["CONNACK", packets.raw("20 03 00 00 00")],
];

for (const [name, packet] of firstPackets) {
  statement("5.0", "MQTT-3.1.0-1", `a connection that begins with ${name} is closed without a word`, async () => {
    await using broker = await startTestBroker();
    const watcher = await watching(broker, "first/#");
    const client = await RawClient.open(broker, version);
    // The CONNECT behind it comes too late.
    client.send(packet, packets.connect({ version }));
    assert.deepEqual(await client.expectClosed(), []);
    await settle(broker);
    await watcher.expectNothing();
    await watcher.subscribe("first/#", { retainHandling: 0 });
    await watcher.expectNothing();
  });
}

statement("5.0", "MQTT-3.1.0-2", "a second CONNECT ends the connection", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version);
  client.send(packets.connect({ version, clientId: client.clientId }));
  await expectEnded(client, 0x82);
});

statement("5.0", "MQTT-3.1.0-2", "after a second CONNECT the will is sent", async () => {
  onlyAkasa("mosquitto 2.0.11 forgets the will");
  await using broker = await startTestBroker();
  const watcher = await watching(broker, "second/#");
  const client = await RawClient.connected(broker, version, { will: { topic: "second/will", payload: "gone" } });
  client.send(packets.connect({ version, clientId: client.clientId }));
  await expectEnded(client, 0x82);
  assert.equal((await watcher.receive()).topic, "second/will");
});

statement("5.0", "MQTT-3.1.2-1", "a protocol name other than MQTT is refused", async () => {
  await using broker = await startTestBroker();
  for (const protocolName of ["MQTX", "mqtt", "MQIsdp", "MQTT ", ""]) {
    const answer = await answerTo(broker, packets.connect({ version, protocolName }));
    assertRefusesVersion(answer, `protocol name ${JSON.stringify(protocolName)}`);
  }
});

statement("5.0", "MQTT-3.1.2-2", "a protocol version that nobody speaks is refused", async () => {
  await using broker = await startTestBroker();
  for (const protocolLevel of [0, 1, 2, 6, 7, 0x7f, 0xff]) {
    const answer = await answerTo(broker, packets.connect({ version, protocolLevel }));
    assertRefusesVersion(answer, `level ${protocolLevel}`);
  }
});

/** All the bytes that come before the end of the connection: no reader knows the version of the answer beforehand. */
async function answerTo(broker: TestBroker, bytes: Buffer): Promise<Buffer> {
  const { stream, socket } = await openStream(broker);
  const parts: Buffer[] = [];
  stream.on("data", (part: Buffer) => parts.push(part));
  stream.write(bytes);
  try {
    await once(stream, "close", { signal: AbortSignal.timeout(closedWithinMilliseconds) });
  } finally {
    stream.destroy();
    socket.destroy();
  }
  return Buffer.concat(parts);
}

/** Nothing, a CONNACK with 0x84, or the CONNACK that 3.1.1 has for the same. */
function assertRefusesVersion(answer: Buffer, what: string): void {
  const code = answer[3];
  const hex = answer.toString("hex");
  if (answer.length === 0) return;
  assert.equal(answer.readUInt8(), 0x20, `${what}: ${hex}`);
  assert.equal(answer[1], answer.length - 2, `${what}: more than one packet: ${hex}`);
  assert.equal(answer[2], 0, `${what}: session present: ${hex}`);
  assert.ok(code === 0x84 || (code === 0x01 && answer.length === 4), `${what}: ${hex}`);
}

statement("5.0", "MQTT-3.1.2-3", "a CONNECT with the reserved flag is refused", async () => {
  await using broker = await startTestBroker();
  await expectRefused(broker, packets.connect({ version, flags: 0x03 }), 0x81);
  await expectRefused(broker, packets.connect({ version, flags: 0x01 }), 0x81);
});

const clientId = "flags";
const text = Buffer.from("extra");
const extra = Buffer.concat([packets.raw("00 05"), text]);

statement("5.0", "MQTT-3.1.2-16", "a user name without its flag is refused", async () => {
  await using broker = await startTestBroker();
  await expectRefused(broker, packets.connect({ version, clientId, flags: 0x02, surplus: extra }), 0x81);
  await expectRefused(broker, packets.connect({ version, clientId, flags: 0x42, userName: "u", password: "p" }), 0x81);
});

statement("5.0", "MQTT-3.1.2-17", "a user name flag without user name is refused", async () => {
  await using broker = await startTestBroker();
  await expectRefused(broker, packets.connect({ version, clientId, flags: 0x82 }), 0x81);
});

statement("5.0", "MQTT-3.1.2-18", "a password without its flag is refused", async () => {
  await using broker = await startTestBroker();
  await expectRefused(broker, packets.connect({ version, clientId, flags: 0x82, userName: "u", surplus: extra }), 0x81);
});

statement("5.0", "MQTT-3.1.2-19", "a password flag without password is refused", async () => {
  await using broker = await startTestBroker();
  await expectRefused(broker, packets.connect({ version, clientId, flags: 0xc2, userName: "u" }), 0x81);
  await expectRefused(broker, packets.connect({ version, clientId, flags: 0x42 }), 0x81);
});

statement("5.0", "MQTT-3.1.2-19", "a password without user name is allowed", async () => {
  await using broker = await startTestBroker();
  await RawClient.connected(broker, version, { password: "alone" });
  await RawClient.connected(broker, version, { password: "" });
});

statement("5.0", "MQTT-3.1.4-1", "a CONNECT that is cut off anywhere is refused", async () => {
  await using broker = await startTestBroker();
  const whole = packets.connect({
    version,
    clientId: "cut",
    properties: [[0x11, 60]],
    will: { topic: "w", payload: "x", properties: [[0x18, 1]] },
    userName: "user",
    password: "pass",
  });
  const body = whole.subarray(2);
  const lengths = Array.from({ length: body.length }, (_, length) => length);
  await Promise.all(
    lengths.map(async (length) => {
      const answer = await refusal(broker, packets.frame(0x10, body.subarray(0, length)));
      if (answer !== undefined) assert.ok([0x81, 0x82, 0x84].includes(answer.reasonCode), `cut after ${length} bytes`);
    }),
  );
});

const badProperties: readonly (readonly [name: string, hex: string, deviation?: string])[] = [
  ["an unknown property", "02 7f 00"],
  ["property 0", "02 00 00"],
  ["a property of PUBLISH", "03 23 00 01"],
  ["a property of CONNACK", "02 24 01"],
  ["a property of the will", "05 18 00 00 00 01"],
  ["Session Expiry Interval twice", "0a 11 00 00 00 05 11 00 00 00 05"],
  ["Receive Maximum twice", "06 21 00 05 21 00 05"],
  ["Maximum Packet Size twice", "0a 27 00 00 10 00 27 00 00 10 00"],
  ["Topic Alias Maximum twice", "06 22 00 05 22 00 05"],
  ["Request Response Information twice", "04 19 00 19 00"],
  ["Request Problem Information twice", "04 17 01 17 01"],
  ["Authentication Method twice", "08 15 00 01 58 15 00 01 58"],
  ["Receive Maximum 0", "03 21 00 00"],
  ["Maximum Packet Size 0", "05 27 00 00 00 00"],
  ["Request Problem Information 2", "02 17 02"],
  ["Request Response Information 2", "02 19 02"],
  ["Authentication Data without a method", "04 16 00 01 58", "mosquitto 2.0.11 accepts it"],
  ["a property that is longer than the properties", "03 11 00 00"],
  ["properties that are longer than the packet", "7f"],
];

for (const [name, hex, deviation] of badProperties) {
  statement("5.0", "MQTT-3.1.4-1", `a CONNECT with ${name} is refused`, async () => {
    if (deviation !== undefined) onlyAkasa(deviation);
    await using broker = await startTestBroker();
    const packet = packets.connect({ version, clientId: "p", properties: packets.raw(hex) });
    await expectRefused(broker, packet, 0x81, 0x82);
  });
}

const badWillProperties: readonly (readonly [name: string, hex: string, deviation?: string])[] = [
  ["an unknown property", "02 7f 00"],
  ["a topic alias", "03 23 00 01"],
  ["a subscription identifier", "02 0b 01"],
  ["a session expiry interval", "05 11 00 00 00 05"],
  ["Will Delay Interval twice", "0a 18 00 00 00 01 18 00 00 00 01"],
  ["Payload Format Indicator 2", "02 01 02", "mosquitto 2.0.11 accepts it"],
  ["a response topic with a wildcard", "06 08 00 03 61 2f 23", "mosquitto 2.0.11 accepts it"],
];

for (const [name, hex, deviation] of badWillProperties) {
  statement("5.0", "MQTT-3.1.4-1", `a will with ${name} is refused`, async () => {
    if (deviation !== undefined) onlyAkasa(deviation);
    await using broker = await startTestBroker();
    const will = { topic: "w", payload: "x", properties: packets.raw(hex) };
    await expectRefused(broker, packets.connect({ version, clientId: "w", will }), 0x81, 0x82, 0x90);
  });
}

statement("5.0", "MQTT-3.1.4-1", "a CONNECT with bytes behind its last field is refused", async () => {
  await using broker = await startTestBroker();
  await expectRefused(broker, packets.connect({ version, surplus: packets.raw("00") }), 0x81);
  const full = { version, userName: "u", password: "p", will: { topic: "w" } } as const;
  await expectRefused(broker, packets.connect({ ...full, surplus: packets.raw("00 01 61") }), 0x81);
});
