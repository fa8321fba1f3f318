import assert from "node:assert/strict";
import {
  onlyAkasa,
  packets,
  prop,
  properties,
  type Property,
  property,
  RawClient,
  settle,
  startTestBroker,
  statement,
} from "../../kit/mod.ts";
import { expectRefused } from "./expect-refused.ts";
import { watching } from "./watching.ts";

const version = 5;
const topic = "will/a";

statement("5.0", "MQTT-3.1.2-7", "the will is sent with its topic, payload, QoS and properties", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, "will/#");
  const payload = Buffer.from([0x00, 0xff, 0x80]);
  const willProperties: readonly Property[] = [
    [prop.payloadFormatIndicator, 0],
    [prop.messageExpiryInterval, 3600],
    [prop.contentType, "type"],
    [prop.responseTopic, "reply/here"],
    [prop.correlationData, Buffer.from([1, 0, 2])],
    [prop.userProperty, ["k", "v"]],
  ];
  const will = { topic, payload, qos: 2, properties: willProperties };
  const client = await RawClient.connected(broker, version, { will });
  await client.cut();
  const message = await watcher.receive();
  assert.equal(message.topic, topic);
  assert.deepEqual(message.payload, payload);
  assert.equal(message.qos, 2);
  assert.equal(message.retain, false);
  assert.equal(property(message, prop.messageExpiryInterval), 3600);
  assert.equal(property(message, prop.contentType), "type");
  assert.equal(property(message, prop.responseTopic), "reply/here");
  assert.deepEqual(property(message, prop.correlationData), Buffer.from([1, 0, 2]));
  assert.deepEqual(properties(message, prop.userProperty), [["k", "v"]]);
  assert.equal(property(message, prop.willDelayInterval), undefined);
  await settle(broker);
  await watcher.expectNothing();
});

statement("5.0", "MQTT-3.1.2-7", "a will may be empty", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, "will/#");
  const client = await RawClient.connected(broker, version, { will: { topic, payload: "" } });
  await client.cut();
  assert.equal((await watcher.receive()).payload.length, 0);
});

statement("5.0", "MQTT-3.1.2-7", "the will stays with a session that is taken up again by a new CONNECT", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, "will/#");
  const hour: readonly Property[] = [[prop.sessionExpiryInterval, 3600]];
  const first = await RawClient.connected(broker, version, { properties: hour, will: { topic, payload: "old" } });
  await first.disconnect();
  const second = await RawClient.connected(broker, version, {
    clientId: first.clientId,
    cleanStart: false,
    properties: hour,
    will: { topic, payload: "new" },
  });
  await second.cut();
  assert.equal((await watcher.receive()).payload.toString(), "new");
  await settle(broker);
  await watcher.expectNothing();
});

statement("5.0", "MQTT-3.1.2-9", "a will flag without all the will's fields is refused", async () => {
  await using broker = await startTestBroker();
  const flags = 0x06;
  const clientId = "w";
  const missing = [
    // Nothing; only properties; properties and topic; topic and payload without properties.
    packets.connect({ version, clientId, flags }),
    packets.connect({ version, clientId, flags, surplus: packets.raw("00") }),
    packets.connect({ version, clientId, flags, surplus: packets.raw("00 00 01 77") }),
    packets.connect({ version, clientId, flags, surplus: packets.raw("00 01 77 00 01 78") }),
  ];
  for (const packet of missing) await expectRefused(broker, packet, 0x81);
});

statement("5.0", "MQTT-3.1.2-9", "will fields without the will flag are refused", async () => {
  await using broker = await startTestBroker();
  const packet = packets.connect({ version, clientId: "w", flags: 0x02, will: { topic, payload: "x" } });
  await expectRefused(broker, packet, 0x81);
});

statement("5.0", "MQTT-3.1.2-11", "a will QoS without will is refused", async () => {
  await using broker = await startTestBroker();
  for (const flags of [0x0a, 0x12, 0x1a]) await expectRefused(broker, packets.connect({ version, flags }), 0x81);
});

statement("5.0", "MQTT-3.1.2-12", "a will of QoS 3 is refused", async () => {
  await using broker = await startTestBroker();
  await expectRefused(broker, packets.connect({ version, will: { topic, qos: 3 } }), 0x81);
});

statement("5.0", "MQTT-3.1.2-12", "wills of QoS 0, 1 and 2 are sent at their QoS", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, "will/#");
  for (const qos of [0, 1, 2]) {
    const client = await RawClient.connected(broker, version, { will: { topic, qos } });
    await client.cut();
    assert.equal((await watcher.receive()).qos, qos);
  }
});

statement("5.0", "MQTT-3.1.2-13", "will retain without will is refused", async () => {
  await using broker = await startTestBroker();
  await expectRefused(broker, packets.connect({ version, flags: 0x22 }), 0x81);
});

statement("5.0", "MQTT-3.1.2-14", "a will without retain is not kept", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, version, { will: { topic, payload: "live", qos: 1 } });
  await client.cut();
  assert.equal((await watcher.receive()).retain, false);
  const later = await watching(broker, topic);
  await later.expectNothing();
});

statement("5.0", "MQTT-3.1.2-15", "a will with retain is kept for later subscribers", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, topic);
  const will = { topic, payload: "kept", qos: 1, retain: true };
  const client = await RawClient.connected(broker, version, { will });
  await client.cut();
  assert.equal((await watcher.receive()).payload.toString(), "kept");
  const later = await watching(broker, topic);
  const message = await later.receive();
  assert.equal(message.payload.toString(), "kept");
  assert.equal(message.retain, true);
  assert.equal(message.qos, 1);
});

statement("5.0", "MQTT-3.1.3-10", "a will's user properties keep their order", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, topic);
  const pairs = [
    ["b", "1"],
    ["a", "2"],
    ["b", "3"],
  ] as const;
  const list = pairs.map((pair): Property => [prop.userProperty, pair]);
  const client = await RawClient.connected(broker, version, { will: { topic, properties: list } });
  await client.cut();
  assert.deepEqual(properties(await watcher.receive(), prop.userProperty), pairs);
});

statement("5.0", "MQTT-3.1.3-11", "a will topic that is no text is refused", async () => {
  await using broker = await startTestBroker();
  for (const hex of ["ff fe", "61 00 62", "ed a0 80"]) {
    await expectRefused(broker, packets.connect({ version, will: { topic: packets.raw(hex) } }), 0x81, 0x90);
  }
});

statement("5.0", "MQTT-3.1.3-11", "a will topic that no message may have is refused", async () => {
  await using broker = await startTestBroker();
  for (const bad of ["", "a/#", "+/a"]) {
    await expectRefused(broker, packets.connect({ version, will: { topic: bad } }), 0x81, 0x82, 0x90);
  }
});

statement("5.0", "MQTT-3.2.2-12", "a will above the broker's maximum QoS is refused with 0x9B", async () => {
  await using broker = await startTestBroker({ max_allowed_qos: 1 });
  await expectRefused(broker, packets.connect({ version, will: { topic, qos: 2 } }), 0x9b);
  await RawClient.connected(broker, version, { will: { topic, qos: 1 } });
});

statement("5.0", "MQTT-3.2.2-12", "a broker that knows QoS 0 only refuses wills of QoS 1", async () => {
  await using broker = await startTestBroker({ max_allowed_qos: 0 });
  await expectRefused(broker, packets.connect({ version, will: { topic, qos: 1 } }), 0x9b);
  await RawClient.connected(broker, version, { will: { topic, qos: 0 } });
});

statement("5.0", "MQTT-3.2.2-13", "a retained will is refused with 0x9A where nothing is retained", async () => {
  await using broker = await startTestBroker({ retain_available: false });
  await expectRefused(broker, packets.connect({ version, will: { topic, retain: true } }), 0x9a);
  await RawClient.connected(broker, version, { will: { topic, retain: false } });
});

statement("5.0", ["MQTT-3.2.2-12", "MQTT-3.2.2-13"], "a refused will is never sent", async () => {
  onlyAkasa("needs its own configuration");
  await using broker = await startTestBroker({ max_allowed_qos: 0, retain_available: false });
  const watcher = await RawClient.connected(broker, version);
  await watcher.subscribe("will/#");
  for (const will of [
    { topic, qos: 2 },
    { topic, retain: true },
  ]) {
    await expectRefused(broker, packets.connect({ version, clientId: "refused", will }), 0x9a, 0x9b);
  }
  await settle(broker);
  await watcher.expectNothing();
});
