import assert from "node:assert/strict";
import {
  fence,
  onlyAkasa,
  packets,
  prop,
  type Property,
  propertyBlock,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";
import { expectEnded } from "./expect-ended.ts";
import { expectRefused, refusal } from "./expect-refused.ts";

const version = 5;

const notText: readonly (readonly [name: string, bytes: Buffer])[] = [
  ["a byte that continues nothing", packets.raw("c3 28")],
  ["a surrogate", packets.raw("ed a0 80")],
  ["a code point above U+10FFFF", packets.raw("f5 80 80 80")],
  ["an overlong encoding", packets.raw("c0 af")],
  ["a sequence that is cut off", packets.raw("e2 82")],
];
const withZero = Buffer.from("a\0b");

/** A property block of one text property whose bytes are taken as they are. */
function textProperty(id: number, bytes: Buffer): Properties {
  return [[id, bytes]];
}

type Properties = readonly Property[];

function userProperty(name: Buffer, value: Buffer): Buffer {
  const pair = Buffer.concat([packets.raw("26"), packets.raw(u16(name)), name, packets.raw(u16(value)), value]);
  return Buffer.concat([Buffer.from([pair.length]), pair]);
}

function u16(bytes: Buffer): string {
  return bytes.length.toString(16).padStart(4, "0");
}

/** Packets of a connected client with these bytes where a string has to stand. */
const placesOfText: readonly (readonly [name: string, packet: (text: Buffer) => Buffer])[] = [
  [
    "a topic name",
    (text) => packets.publish({ version, topic: Buffer.concat([Buffer.from("bad/"), text]), retain: true }),
  ],
  ["a topic filter", (text) => packets.subscribe({ version, packetId: 1, filters: [{ filter: text }] })],
  ["a topic filter to unsubscribe", (text) => packets.unsubscribe({ version, packetId: 1, filters: [text] })],
  [
    "a user property's name",
    (text) =>
      packets.publish({ version, topic: "bad/user", retain: true, properties: userProperty(text, Buffer.from("v")) }),
  ],
  [
    "a user property's value",
    (text) =>
      packets.publish({ version, topic: "bad/user", retain: true, properties: userProperty(Buffer.from("k"), text) }),
  ],
  [
    "a content type",
    (text) =>
      packets.publish({ version, topic: "bad/type", retain: true, properties: textProperty(prop.contentType, text) }),
  ],
  [
    "a response topic",
    (text) =>
      packets.publish({
        version,
        topic: "bad/reply",
        retain: true,
        properties: textProperty(prop.responseTopic, text),
      }),
  ],
];

/** The packet ends the connection with 0x81; nothing of it is delivered or kept, and others do not notice. */
async function expectMalformed(broker: TestBroker, packet: Buffer): Promise<void> {
  const watcher = await RawClient.connected(broker, version);
  await watcher.subscribe("bad/#", { qos: 2 });
  const offender = await RawClient.connected(broker, version);
  offender.send(packet);
  await expectEnded(offender, 0x81);
  await settle(broker);
  await watcher.expectNothing();
  await watcher.subscribe("bad/#", { qos: 2 });
  await watcher.expectNothing();
}

for (const [place, packet] of placesOfText) {
  for (const [what, bytes] of notText) {
    statement("5.0", "MQTT-1.5.4-1", `${place} with ${what} ends the connection`, async () => {
      await using broker = await startTestBroker();
      await expectMalformed(broker, packet(bytes));
    });
  }
  statement("5.0", "MQTT-1.5.4-2", `${place} with U+0000 ends the connection`, async () => {
    await using broker = await startTestBroker();
    await expectMalformed(broker, packet(withZero));
  });
}

for (const [what, clientId] of notText) {
  statement("5.0", "MQTT-1.5.4-1", `a client id with ${what} is refused`, async () => {
    await using broker = await startTestBroker();
    await expectRefused(broker, packets.connect({ version, clientId }), 0x81, 0x85);
  });
}

statement(
  "5.0",
  "MQTT-1.5.4-2",
  "a client id, user name, will topic or user property with U+0000 is refused",
  async () => {
    await using broker = await startTestBroker();
    const connects = [
      { version, clientId: withZero },
      { version, userName: withZero },
      { version, will: { topic: withZero } },
      { version, properties: userProperty(withZero, Buffer.from("v")) },
      { version, properties: userProperty(Buffer.from("k"), withZero) },
    ] as const;
    for (const fields of connects) await expectRefused(broker, packets.connect(fields), 0x81, 0x85, 0x90);
  },
);

statement("5.0", "MQTT-1.5.4-2", "a reason string with U+0000 ends the connection", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version);
  await client.subscribe("reason/a", { qos: 1 });
  client.publish("reason/a", "x", { qos: 1 });
  const { packetId } = await client.take("publish");
  await client.take("puback");
  client.send(packets.puback(packetId, { reasonCode: 0, properties: textProperty(prop.reasonString, withZero) }));
  await expectEnded(client, 0x81);
});

statement("5.0", "MQTT-1.5.4-3", "a byte order mark is a character like any other and is kept", async () => {
  await using broker = await startTestBroker();
  const marked = await RawClient.connected(broker, version);
  const plain = await RawClient.connected(broker, version);
  const publisher = await RawClient.connected(broker, version);
  const topic = packets.raw("ef bb bf 74");
  await marked.subscribe(topic);
  await plain.subscribe("t");
  publisher.publish(topic, "x", { properties: userProperty(topic, topic) });
  const message = await marked.receive();
  assert.deepEqual(message.wireTopic, topic);
  assert.ok(message.raw.includes(packets.raw("26 00 04 ef bb bf 74 00 04 ef bb bf 74")), message.raw.toString("hex"));
  await fence(publisher, marked, plain);
  await marked.expectNothing();
  await plain.expectNothing();
});

statement("5.0", "MQTT-1.5.5-1", "the broker writes every remaining length in the fewest bytes", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version);
  await client.subscribe("l");
  const lengths = [
    [127, "307f"],
    [128, "308001"],
    [16_383, "30ff7f"],
    [16_384, "30808001"],
  ] as const;
  for (const [length, header] of lengths) {
    // Topic 3 bytes, property length 1 byte, and the rest is payload.
    client.publish("l", Buffer.alloc(length - 4, 0x78));
    const { raw } = await client.receive();
    assert.equal(raw.toString("hex", 0, header.length / 2), header);
    assert.equal(raw.length, header.length / 2 + length);
  }
});

statement("5.0", "MQTT-1.5.5-1", "the broker writes every property length in the fewest bytes", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version);
  await client.subscribe("l");
  for (const [length, expected] of [
    [127, "7f"],
    [128, "8001"],
    [16_383, "ff7f"],
    [16_384, "808001"],
  ] as const) {
    // A user property is its id, two lengths of two bytes, its name and its value.
    const properties = [[prop.userProperty, ["k", "v".repeat(length - 6)]]] as const;
    client.publish("l", "", { properties });
    const { raw } = await client.receive();
    const block = propertyBlock(properties);
    assert.equal(block.toString("hex", 0, expected.length / 2), expected);
    assert.deepEqual(raw.subarray(raw.length - block.length), block);
  }
});

statement("5.0", "MQTT-1.5.5-1", "the broker writes subscription identifiers in the fewest bytes", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version);
  for (const [identifier, hex] of [
    [127, "7f"],
    [128, "8001"],
    [16_383, "ff7f"],
    [16_384, "808001"],
    [2_097_151, "ffff7f"],
    [2_097_152, "80808001"],
    [268_435_455, "ffffff7f"],
  ] as const) {
    await client.subscribe("id", { properties: [[prop.subscriptionIdentifier, identifier]] });
    client.publish("id", "");
    const { raw } = await client.receive();
    const length = (hex.length / 2 + 1).toString(16).padStart(2, "0");
    assert.equal(raw.toString("hex", 6), `${length}0b${hex}`);
  }
});

statement("5.0", "MQTT-1.5.5-1", "a remaining length of five bytes ends the connection", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version);
  client.send(packets.raw("30 80 80 80 80 01"));
  await expectEnded(client, 0x81);
  // No CONNECT that could be read: there is nobody to answer.
  assert.equal(await refusal(broker, packets.raw("10 ff ff ff ff 01")), undefined);
});

const needless: readonly (readonly [name: string, hex: string, deviation?: string])[] = [
  ["a remaining length", "c0 80 00", "mosquitto 2.0.11 takes a remaining length with needless bytes"],
  ["a property length", "30 05 00 01 61 80 00"],
  ["a subscription identifier", "82 0a 00 01 03 0b 81 00 00 01 61 00"],
];

for (const [what, hex, deviation] of needless) {
  statement("5.0", "MQTT-1.5.5-1", `${what} with needless bytes ends the connection`, async () => {
    if (deviation !== undefined) onlyAkasa(deviation);
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version);
    client.send(packets.raw(hex));
    await expectEnded(client, 0x81);
  });
}

statement("5.0", "MQTT-1.5.7-1", "a user property whose name or value is no text ends the connection", async () => {
  await using broker = await startTestBroker();
  const bad = packets.raw("ff fe");
  const good = Buffer.from("good");
  for (const properties of [userProperty(bad, good), userProperty(good, bad)]) {
    await expectMalformed(broker, packets.publish({ version, topic: "bad/pair", retain: true, properties }));
    await expectRefused(broker, packets.connect({ version, properties }), 0x81);
    await expectRefused(broker, packets.connect({ version, will: { topic: "bad/will", properties } }), 0x81);
  }
});
