import assert from "node:assert/strict";
import { pitfall, prop, property, RawClient, settle, startTestBroker, type Version } from "../../kit/mod.ts";
import { lasting } from "../lasting-session.ts";
import { expectPublishRefused } from "../publish-refused.ts";

// What the Rust original does wrong with retained messages, limits that were announced, and topics that begin with $.

const versions = [3, 4, 5] as const;
const names: Readonly<Record<Version, string>> = { 3: "3.1", 4: "3.1.1", 5: "5.0" };

for (const version of versions) {
  pitfall("original 3", `${names[version]}: retained QoS 1 and 2 messages reach a QoS 0 subscriber`, async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, version);
    for (const qos of [1, 2]) await publisher.publishAcked("kept", `at ${qos}`, { qos, retain: true });
    const subscriber = await RawClient.connected(broker, version);
    assert.deepEqual((await subscriber.subscribe("kept", { qos: 0 })).reasonCodes, [0]);
    const { payload, qos, retain } = await subscriber.next("publish");
    assert.deepEqual([payload.toString(), qos, retain], ["at 2", 0, true]);
  });

  pitfall("original 14", `${names[version]}: a topic that begins with $ is a topic like any other`, async () => {
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, version);
    await watcher.subscribe("$devices/#", { qos: 1 });
    const all = await RawClient.connected(broker, version);
    await all.subscribe("#", { qos: 1 });
    const will = { topic: "$devices/will", payload: "gone" };
    const client = await RawClient.connected(broker, version, { will });
    assert.equal((await client.publishAcked("$devices/a", "x")).reasonCode, 0);
    assert.deepEqual((await watcher.receive()).topic, "$devices/a");
    await client.cut();
    assert.equal((await watcher.receive()).payload.toString(), "gone");
    await settle(broker);
    // [MQTT-4.7.2-1]
    for (const packet of all.drain()) assert.ok(packet.type === "publish" && !packet.topic.startsWith("$"));
  });

  pitfall("original 14", `${names[version]}: a PUBLISH on $SYS does not end the connection`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version);
    client.publish("$SYS/fake", "x");
    await client.publishAcked("$SYS/fake", "x");
    await client.expectNothing();
  });
}

for (const qos of [0, 1, 2]) {
  pitfall("original 15", `a retained QoS ${qos} message is refused where there are none`, async () => {
    await using broker = await startTestBroker({ retain_available: false });
    const client = await RawClient.connected(broker, 5);
    client.publish("kept", "x", { qos, retain: true });
    await expectPublishRefused(client, 0x9a);
    const other = await RawClient.connected(broker, 5);
    await other.subscribe("kept");
    await other.expectNothing();
  });
}

for (const [limit, qos] of [
  [0, 1],
  [0, 2],
  [1, 2],
] as const) {
  pitfall("original 15", `a QoS ${qos} message is refused where QoS ${limit} is the highest`, async () => {
    await using broker = await startTestBroker({ max_allowed_qos: limit });
    const watcher = await RawClient.connected(broker, 5);
    await watcher.subscribe("a", { qos: 2 });
    const client = await RawClient.connected(broker, 5);
    client.publish("a", "x", { qos });
    await expectPublishRefused(client, 0x9b);
    await settle(broker);
    await watcher.expectNothing();
  });
}

for (const retainAsPublished of [false, true]) {
  const option = `Retain As Published ${Number(retainAsPublished)}`;
  pitfall("original 15", `${option}: what a SUBSCRIBE brings has RETAIN 1`, async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, 5);
    await publisher.publishAcked("kept", "stored", { retain: true });
    const subscriber = await RawClient.connected(broker, 5);
    await subscriber.subscribe("kept", { qos: 1, retainAsPublished });
    assert.equal((await subscriber.receive()).retain, true);
    await publisher.publishAcked("kept", "live", { retain: true });
    assert.equal((await subscriber.receive()).retain, retainAsPublished);
  });
}

pitfall("original 15", "a retained message expires, and counts down until then", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const publisher = await RawClient.connected(broker, 5);
  const properties = [[prop.messageExpiryInterval, 10]] as const;
  await publisher.publishAcked("kept", "brief", { retain: true, properties });
  await broker.advance(4000);
  const early = await RawClient.connected(broker, 5);
  await early.subscribe("kept", { qos: 1 });
  assert.equal(property(await early.receive(), prop.messageExpiryInterval), 6);
  await broker.advance(7000);
  for (const version of versions) {
    const late = await RawClient.connected(broker, version);
    await late.subscribe("kept", { qos: 1 });
    await settle(broker);
    await late.expectNothing();
  }
});

pitfall("original 15", "it is the receiver's Maximum Packet Size that counts, not the publisher's", async () => {
  await using broker = await startTestBroker();
  const small = await RawClient.connected(broker, 5, { properties: [[prop.maximumPacketSize, 100]] });
  const large = await RawClient.connected(broker, 5);
  for (const client of [small, large]) await client.subscribe("size/#", { qos: 1 });
  const text = "x".repeat(500);
  await small.publishAcked("size/a", text);
  assert.equal((await large.receive()).payload.toString(), text);
  await large.publishAcked("size/b", text);
  assert.equal((await large.receive()).payload.toString(), text);
  await large.publishAcked("size/c", "short");
  assert.equal((await small.receive()).payload.toString(), "short");
  await small.expectNothing();
});

pitfall("original 15", "a session expiry interval in DISCONNECT is held to the broker's limit", async () => {
  await using broker = await startTestBroker({ max_session_expiry_interval: 60 }, { manualClock: true });
  for (const [seconds, present] of [
    [50, true],
    [70, false],
  ] as const) {
    const client = await RawClient.connected(broker, 5, lasting("capped"));
    await client.disconnect({ reasonCode: 0, properties: [[prop.sessionExpiryInterval, 4_294_967_295]] });
    await broker.advance(seconds * 1000);
    const again = await RawClient.open(broker, 5);
    assert.equal((await again.connect({ clientId: "capped", cleanStart: false })).sessionPresent, present);
    await again.disconnect();
  }
});
