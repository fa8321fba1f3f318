import assert from "node:assert/strict";
import {
  onlyAkasa,
  packets,
  prop,
  type Property,
  property,
  RawClient,
  type ServerPacket,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";
import { expectEnded } from "./expect-ended.ts";
import { refusal } from "./expect-refused.ts";
import { userFile } from "./user-file.ts";
import { watching } from "./watching.ts";

const version = 5;
const will = { topic: "will/a", payload: "gone" };

statement("5.0", "MQTT-3.14.0-1", "no refused CONNECT is answered with DISCONNECT", async () => {
  await using broker = await startTestBroker();
  for (const first of [
    packets.connect({ version, flags: 0x03 }),
    packets.connect({ version, surplus: packets.raw("00") }),
    packets.connect({ version, properties: [[prop.authenticationMethod, "X-NONE"]] }),
    packets.connect({ version, properties: [[prop.receiveMaximum, 0]] }),
    packets.connect({ version, clientId: packets.raw("ff fe") }),
    packets.connect({ version, will: { topic: "a/#" } }),
    packets.pingreq(),
    packets.disconnect(),
    packets.publish({ version, topic: "a" }),
    packets.raw("00 00"),
    packets.raw("10 ff ff ff ff 7f"),
    Buffer.from(`GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ${"x".repeat(100)}\r\n\r\n`),
  ]) {
    await refusal(broker, first);
  }
});

statement("5.0", "MQTT-3.14.0-1", "a wrong password is not answered with DISCONNECT", async () => {
  await using users = await userFile({ anna: "secret" });
  await using broker = await startTestBroker(users.overrides);
  await refusal(broker, packets.connect({ version, userName: "anna", password: "wrong" }));
  await refusal(broker, packets.connect({ version }));
});

statement("5.0", "MQTT-3.14.1-1", "a DISCONNECT with reserved bits is an error and the will is sent", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, will.topic);
  for (const firstByte of [0xe1, 0xe2, 0xe4, 0xe8, 0xef]) {
    const client = await RawClient.connected(broker, version, { will });
    client.send(packets.disconnect({ firstByte }));
    await expectEnded(client, 0x81);
    assert.equal((await watcher.receive()).payload.toString(), "gone");
  }
});

const misdeeds: readonly (readonly [code: number, packet: Buffer])[] = [
  [0x81, packets.raw("00 00")],
  [0x82, packets.connect({ version })],
  [0x81, packets.publish({ version, topic: "a", qos: 3, packetId: 1 })],
  [0x82, packets.publish({ version, topic: "" })],
  [0x90, packets.publish({ version, topic: "a/#" })],
  [0x94, packets.publish({ version, topic: "a", properties: [[prop.topicAlias, 0]] })],
  [0x82, packets.subscribe({ version, packetId: 1, filters: [] })],
  [0x82, packets.auth({ reasonCode: 0x19, properties: [[prop.authenticationMethod, "X"]] })],
  [0x81, packets.subscribe({ version, packetId: 1, filters: [{ filter: "a", qos: 3 }] })],
];

/** What the broker says last after each misdeed of a client that connected like this. */
async function goodbyes(broker: TestBroker, connectProperties: readonly Property[]): Promise<ServerPacket[]> {
  const all: ServerPacket[] = [];
  for (const [, packet] of misdeeds) {
    const client = await RawClient.connected(broker, version, { properties: connectProperties });
    client.send(packet);
    all.push(...(await client.expectClosed()));
  }
  return all;
}

statement("5.0", "MQTT-3.14.2-1", "the broker's DISCONNECT says what was wrong", async () => {
  await using broker = await startTestBroker();
  for (const [code, packet] of misdeeds) {
    const client = await RawClient.connected(broker, version);
    client.send(packet);
    await expectEnded(client, code);
  }
});

statement("5.0", "MQTT-3.14.2-1", "a DISCONNECT with a code that does not exist is an error", async () => {
  onlyAkasa("mosquitto 2.0.11 takes any code");
  await using broker = await startTestBroker();
  const watcher = await watching(broker, will.topic);
  for (const reasonCode of [0x01, 0x02, 0x03, 0x05, 0x10, 0x18, 0x7f, 0xff]) {
    const client = await RawClient.connected(broker, version, { will });
    client.send(packets.disconnect({ reasonCode }));
    await expectEnded(client, 0x81, 0x82);
    assert.equal((await watcher.receive()).payload.toString(), "gone");
  }
});

statement("5.0", "MQTT-3.14.2-2", "the broker's DISCONNECT holds no session expiry interval", async () => {
  await using broker = await startTestBroker();
  for (const packet of await goodbyes(broker, [[prop.sessionExpiryInterval, 3600]])) {
    assert.equal(property(packet, prop.sessionExpiryInterval), undefined);
  }
});

statement("5.0", ["MQTT-3.14.2-3", "MQTT-3.14.2-4"], "DISCONNECT keeps within the client's limit", async () => {
  onlyAkasa("mosquitto 2.0.11 greets a client whose limit is below the size of its CONNACK");
  await using broker = await startTestBroker();
  for (const limit of [30, 32, 40, 60, 1000]) {
    const packetsSeen = await goodbyes(broker, [[prop.maximumPacketSize, limit]]);
    assert.equal(packetsSeen.length, misdeeds.length);
    for (const { raw } of packetsSeen) assert.ok(raw.length <= limit);
  }
});

statement("5.0", ["MQTT-3.14.2-3", "MQTT-3.14.2-4"], "words that do not fit are left out of DISCONNECT", async () => {
  onlyAkasa("mosquitto 2.0.11 never explains itself");
  await using broker = await startTestBroker();
  const roomy = await goodbyes(broker, []);
  const limit = 30;
  const narrow = await goodbyes(broker, [[prop.maximumPacketSize, limit]]);
  assert.ok(
    roomy.some(({ raw }) => raw.length > limit),
    "no DISCONNECT is long enough for this test",
  );
  for (const [index, packet] of narrow.entries()) {
    const free = roomy[index];
    assert.ok(packet.type === "disconnect" && free?.type === "disconnect");
    assert.equal(packet.reasonCode, free.reasonCode);
    if (free.raw.length > limit) assert.equal(property(packet, prop.reasonString), undefined);
    else assert.deepEqual(packet.raw, free.raw);
  }
});

statement("5.0", "MQTT-3.14.4-1", "after the broker's DISCONNECT nothing comes, even if messages wait", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version, { properties: [[prop.receiveMaximum, 1]] });
  const publisher = await RawClient.connected(broker, version);
  await client.subscribe("queue/#", { qos: 1 });
  for (let count = 0; count < 20; count += 1) await publisher.publishAcked("queue/a", `${count}`);
  const { packetId } = await client.next("publish");
  // The answer that would free the next message stands behind the error.
  client.send(packets.raw("c1 00 00 00"), packets.puback(packetId), packets.pingreq());
  const rest = await client.expectClosed();
  const at = rest.findIndex(({ type }) => type === "disconnect");
  if (at >= 0) assert.equal(at, rest.length - 1);
});

statement("5.0", "MQTT-3.14.4-1", "what a client sends behind its own DISCONNECT is ignored", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, "after/#");
  const client = await RawClient.connected(broker, version);
  client.send(
    packets.disconnect(),
    packets.publish({ version, topic: "after/a", payload: "x", retain: true }),
    packets.subscribe({ version, packetId: 1, filters: [{ filter: "after/#" }] }),
    packets.connect({ version }),
  );
  assert.deepEqual(await client.expectClosed(), []);
  await settle(broker);
  await watcher.expectNothing();
  await watcher.subscribe("after/#");
  await watcher.expectNothing();
});

statement("5.0", "MQTT-3.14.4-2", "the broker closes the connection after its DISCONNECT", async () => {
  await using broker = await startTestBroker();
  // The client keeps its side open; the end must come all the same.
  for (const packet of await goodbyes(broker, [])) assert.equal(packet.type, "disconnect");
});

statement("5.0", "MQTT-3.14.4-2", "the broker closes the connection after a client's DISCONNECT", async () => {
  await using broker = await startTestBroker();
  for (const fields of [{}, { reasonCode: 0x04 }, { reasonCode: 0x81 }]) {
    const client = await RawClient.connected(broker, version);
    client.send(packets.disconnect(fields));
    assert.deepEqual(await client.expectClosed(), []);
  }
});

const normal: readonly (readonly [name: string, packet: Buffer])[] = [
  ["e0 00", packets.raw("e0 00")],
  ["e0 01 00", packets.raw("e0 01 00")],
  ["e0 02 00 00", packets.raw("e0 02 00 00")],
];

for (const [name, packet] of normal) {
  statement("5.0", "MQTT-3.14.4-3", `DISCONNECT ${name} discards the will`, async () => {
    await using broker = await startTestBroker();
    const watcher = await watching(broker, will.topic);
    const client = await RawClient.connected(broker, version, { will });
    client.send(packet);
    assert.deepEqual(await client.expectClosed(), []);
    await settle(broker);
    await watcher.expectNothing();
  });
}

statement("5.0", "MQTT-3.14.4-3", "a discarded will does not come after its delay either", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const watcher = await watching(broker, will.topic);
  for (const [, packet] of normal) {
    const client = await RawClient.connected(broker, version, {
      will: { ...will, properties: [[prop.willDelayInterval, 2]] },
      properties: [[prop.sessionExpiryInterval, 10]],
    });
    client.send(packet);
    await client.expectClosed();
  }
  for (let second = 0; second < 20; second += 1) await broker.advance(1000);
  await settle(broker);
  await watcher.expectNothing();
});
