import assert from "node:assert/strict";
import { fence, packets, RawClient, startTestBroker, statement, type TestBroker } from "../../kit/mod.ts";

const will = { topic: "will/a", payload: "gone" } as const;

async function willWatcher(broker: TestBroker): Promise<RawClient> {
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("will/#", { qos: 2 });
  return watcher;
}

statement("3.1.1", "MQTT-3.1.2-8", "the will is sent when the connection is cut", async () => {
  await using broker = await startTestBroker();
  const watcher = await willWatcher(broker);
  const client = await RawClient.connected(broker, 4, { will });
  await fence(watcher, watcher);
  await watcher.expectNothing();
  await client.cut();
  assert.equal((await watcher.receive()).payload.toString(), "gone");
});

statement("3.1.1", "MQTT-3.1.2-8", "the will is sent when the connection is reset", async () => {
  await using broker = await startTestBroker();
  const watcher = await willWatcher(broker);
  (await RawClient.connected(broker, 4, { will })).reset();
  assert.equal((await watcher.receive()).payload.toString(), "gone");
});

statement("3.1.1", "MQTT-3.1.2-8", "the will is sent after a protocol error", async () => {
  await using broker = await startTestBroker();
  const watcher = await willWatcher(broker);
  const client = await RawClient.connected(broker, 4, { will });
  client.send(packets.publish({ version: 4, topic: "a/#" }));
  await client.expectClosed();
  assert.equal((await watcher.receive()).payload.toString(), "gone");
});

statement("3.1.1", "MQTT-3.1.2-8", "the will is sent when the keep-alive time ran out", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const watcher = await willWatcher(broker);
  const client = await RawClient.connected(broker, 4, { will, keepAlive: 10 });
  await broker.advance(20_000);
  await client.expectClosed();
  assert.equal((await watcher.receive()).payload.toString(), "gone");
});

statement("3.1.1", ["MQTT-3.1.2-9", "MQTT-3.1.2-14"], "a will is sent with the QoS of its flags", async () => {
  await using broker = await startTestBroker();
  const watcher = await willWatcher(broker);
  for (const qos of [0, 1, 2]) {
    const client = await RawClient.connected(broker, 4, { will: { ...will, qos } });
    await client.cut();
    const message = await watcher.receive();
    assert.deepEqual([message.topic, message.payload.toString(), message.qos], ["will/a", "gone", qos]);
  }
});

statement("3.1.1", "MQTT-3.1.2-10", "a will is sent once and forgotten, also by a stored session", async () => {
  await using broker = await startTestBroker();
  const watcher = await willWatcher(broker);
  const stored = { clientId: "mortal", cleanStart: false } as const;
  const first = await RawClient.connected(broker, 4, { ...stored, will });
  await first.cut();
  assert.equal((await watcher.receive()).payload.toString(), "gone");
  const second = await RawClient.connected(broker, 4, stored);
  await second.cut();
  await fence(watcher, watcher);
  await watcher.expectNothing();
});

statement("3.1.1", ["MQTT-3.1.2-10", "MQTT-3.14.4-3"], "DISCONNECT makes the broker forget the will", async () => {
  await using broker = await startTestBroker();
  const watcher = await willWatcher(broker);
  const stored = { clientId: "polite", cleanStart: false } as const;
  const first = await RawClient.connected(broker, 4, { ...stored, will });
  await first.disconnect();
  const second = await RawClient.connected(broker, 4, stored);
  await second.cut();
  await fence(watcher, watcher);
  await watcher.expectNothing();
});

statement("3.1.1", "MQTT-3.14.4-3", "DISCONNECT forgets the will also if the broker closes", async () => {
  await using broker = await startTestBroker();
  const watcher = await willWatcher(broker);
  const client = await RawClient.connected(broker, 4, { will });
  client.send(packets.disconnect());
  await client.expectClosed();
  await fence(watcher, watcher);
  await watcher.expectNothing();
});

statement("3.1.1", "MQTT-3.1.2-12", "without a will nothing is sent when the connection is cut", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("#");
  const client = await RawClient.connected(broker, 4);
  await client.cut();
  await fence(watcher, watcher);
  await watcher.expectNothing();
});

statement("3.1.1", "MQTT-3.1.2-16", "a will without Will Retain is not kept for later subscribers", async () => {
  await using broker = await startTestBroker();
  const watcher = await willWatcher(broker);
  await (await RawClient.connected(broker, 4, { will })).cut();
  await watcher.receive();
  const late = await willWatcher(broker);
  await late.expectNothing();
});

statement("3.1.1", "MQTT-3.1.2-17", "a will with Will Retain is kept for later subscribers", async () => {
  await using broker = await startTestBroker();
  const watcher = await willWatcher(broker);
  await (await RawClient.connected(broker, 4, { will: { ...will, retain: true } })).cut();
  assert.equal((await watcher.receive()).retain, false);
  const late = await willWatcher(broker);
  const message = await late.receive();
  assert.deepEqual([message.payload.toString(), message.retain], ["gone", true]);
});
