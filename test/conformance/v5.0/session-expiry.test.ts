import assert from "node:assert/strict";
import {
  onlyAkasa,
  packets,
  prop,
  type Property,
  property,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";

const version = 5;

function expiry(seconds: number): readonly Property[] {
  return [[prop.sessionExpiryInterval, seconds]];
}

async function isPresent(broker: TestBroker, clientId: string): Promise<boolean> {
  const client = await RawClient.open(broker, version);
  const { sessionPresent } = await client.connect({ clientId, cleanStart: false });
  await client.cut();
  return sessionPresent;
}

statement("5.0", "MQTT-3.1.2-23", "a session is there until its expiry interval has passed", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const client = await RawClient.connected(broker, version, { clientId: "s", properties: expiry(5) });
  await client.disconnect();
  await broker.advance(4900);
  assert.equal(await isPresent(broker, "s"), true);
});

for (const how of ["disconnects", "is cut off"] as const) {
  statement("5.0", "MQTT-3.1.2-23", `the session of a client that ${how} is stored`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version, { clientId: "s", properties: expiry(3600) });
    await (how === "disconnects" ? client.disconnect() : client.cut());
    assert.equal(await isPresent(broker, "s"), true);
  });
}

for (const properties of [[], expiry(0)]) {
  const what = properties.length === 0 ? "without expiry interval" : "with expiry interval 0";
  statement("5.0", "MQTT-3.1.2-23", `a session ${what} ends with its connection`, async () => {
    await using broker = await startTestBroker();
    for (const cleanStart of [true, false]) {
      const client = await RawClient.connected(broker, version, { clientId: "s", cleanStart, properties });
      await client.subscribe("kept/a", { qos: 1 });
      await (cleanStart ? client.disconnect() : client.cut());
      const publisher = await RawClient.connected(broker, version);
      await publisher.publishAcked("kept/a", "lost");
      assert.equal(await isPresent(broker, "s"), false);
    }
  });
}

statement("5.0", "MQTT-3.1.2-23", "the expiry interval counts from the end of the last connection", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const who = { clientId: "s", properties: expiry(5), cleanStart: false };
  for (let round = 0; round < 3; round += 1) {
    const client = await RawClient.open(broker, version);
    assert.equal((await client.connect(who)).sessionPresent, round > 0);
    await broker.advance(20_000);
    await client.cut();
    await broker.advance(4000);
  }
});

statement("5.0", "MQTT-4.1.0-1", "a session is kept while its client is connected, however long", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const client = await RawClient.connected(broker, version, { clientId: "s" });
  await client.subscribe("kept/#", { qos: 2 });
  const publisher = await RawClient.connected(broker, version);
  await publisher.publishAcked("kept/half", "1", { qos: 2 });
  const { packetId } = await client.next("publish");
  client.publish("elsewhere", "1", { qos: 2, packetId: 7 });
  await client.take("pubrec", { packetId: 7 });
  await broker.advance(7_200_000);
  // Half a delivery each way, and the subscription.
  client.send(packets.pubrec(packetId), packets.pubrel(7));
  assert.equal((await client.take("pubrel", { packetId })).reasonCode, 0);
  assert.equal((await client.take("pubcomp", { packetId: 7 })).reasonCode, 0);
  client.send(packets.pubcomp(packetId));
  await publisher.publishAcked("kept/b", "still subscribed");
  assert.equal((await client.receive()).payload.toString(), "still subscribed");
});

statement("5.0", "MQTT-4.1.0-1", "a short expiry interval does not run while the client is connected", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const client = await RawClient.connected(broker, version, { clientId: "s", properties: expiry(1) });
  await client.subscribe("kept/a", { qos: 1 });
  await broker.advance(3_600_000);
  const again = await RawClient.open(broker, version);
  const { sessionPresent } = await again.connect({ clientId: "s", cleanStart: false, properties: expiry(1) });
  assert.equal(sessionPresent, true);
});

statement("5.0", "MQTT-4.1.0-2", "after its expiry interval nothing of a session is left", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const client = await RawClient.connected(broker, version, { clientId: "s", properties: expiry(1) });
  await client.subscribe("kept/#", { qos: 1 });
  await client.disconnect();
  const publisher = await RawClient.connected(broker, version);
  await publisher.publishAcked("kept/a", "waited");
  await broker.advance(3000);
  const again = await RawClient.open(broker, version);
  assert.equal((await again.connect({ clientId: "s", cleanStart: false })).sessionPresent, false);
  const answer = await publisher.publishAcked("kept/b", "new");
  assert.ok([0x00, 0x10].includes(answer.reasonCode));
  await again.expectNothing();
});

statement("5.0", "MQTT-4.1.0-2", "the longest expiry interval never passes", async () => {
  await using broker = await startTestBroker({ max_session_expiry_interval: 0xffff_ffff }, { manualClock: true });
  const client = await RawClient.open(broker, version);
  const connack = await client.connect({ clientId: "s", properties: expiry(0xffff_ffff) });
  assert.equal(property(connack, prop.sessionExpiryInterval) ?? 0xffff_ffff, 0xffff_ffff);
  await client.disconnect();
  await broker.advance(36_000_000);
  assert.equal(await isPresent(broker, "s"), true);
});

statement("5.0", "MQTT-4.1.0-2", "a broker that keeps sessions for less time says so and does so", async () => {
  await using broker = await startTestBroker({ max_session_expiry_interval: 10 }, { manualClock: true });
  for (const [clientId, wait, present] of [
    ["early", 9000, true],
    ["late", 11_000, false],
  ] as const) {
    const client = await RawClient.open(broker, version);
    const connack = await client.connect({ clientId, properties: expiry(3600) });
    assert.equal(property(connack, prop.sessionExpiryInterval), 10);
    await client.disconnect();
    await broker.advance(wait);
    assert.equal(await isPresent(broker, clientId), present);
  }
});

statement("5.0", "MQTT-4.1.0-2", "an expiry interval that DISCONNECT names replaces the first one", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  for (const [clientId, seconds, present] of [
    ["ended", 0, false],
    ["shortened", 1, false],
    ["lengthened", 60, true],
  ] as const) {
    const client = await RawClient.connected(broker, version, { clientId, properties: expiry(5) });
    await client.disconnect({ reasonCode: 0, properties: expiry(seconds) });
    await broker.advance(10_000);
    assert.equal(await isPresent(broker, clientId), present, clientId);
  }
});

statement("5.0", "MQTT-4.1.0-2", "a message for a session that ended is discarded with it", async () => {
  onlyAkasa("answers 0x10 where nobody gets a message; 5.0 leaves that to the broker");
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version, { clientId: "s" });
  await client.subscribe("kept/#", { qos: 1 });
  await client.disconnect();
  await settle(broker);
  const publisher = await RawClient.connected(broker, version);
  assert.equal((await publisher.publishAcked("kept/a", "x")).reasonCode, 0x10);
});
