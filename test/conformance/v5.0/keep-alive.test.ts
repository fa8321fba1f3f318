import assert from "node:assert/strict";
import {
  packets,
  prop,
  property,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";
import { watching } from "./watching.ts";

const version = 5;
const will = { topic: "will/a", payload: "gone" };

async function patient(): Promise<TestBroker> {
  return startTestBroker({}, { manualClock: true });
}

statement(
  "5.0",
  ["MQTT-3.1.2-22", "MQTT-3.2.2-22"],
  "one and a half keep alives of silence end a connection",
  async () => {
    await using broker = await patient();
    const watcher = await watching(broker, will.topic);
    const client = await RawClient.open(broker, version);
    assert.equal(property(await client.connect({ keepAlive: 2, will }), prop.serverKeepAlive), undefined);
    await broker.advance(2900);
    await settle(broker);
    await watcher.expectNothing();
    await broker.advance(1100);
    await client.expectDisconnect(0x8d);
    assert.equal((await watcher.receive()).payload.toString(), "gone");
  },
);

statement("5.0", "MQTT-3.1.2-22", "the longest keep alive holds", async () => {
  await using broker = await patient();
  const client = await RawClient.connected(broker, version, { keepAlive: 65_535 });
  await broker.advance(65_535 * 1400);
  await client.ping();
  await broker.advance(65_535 * 1500 + 2000);
  await client.expectDisconnect(0x8d);
});

statement("5.0", "MQTT-3.1.2-22", "pings keep a connection open", async () => {
  await using broker = await patient();
  const client = await RawClient.connected(broker, version, { keepAlive: 2 });
  for (let count = 0; count < 10; count += 1) {
    await broker.advance(2000);
    await client.ping();
  }
  await broker.advance(4000);
  await client.expectDisconnect(0x8d);
});

statement("5.0", "MQTT-3.1.2-22", "any packet keeps a connection open", async () => {
  await using broker = await patient();
  const client = await RawClient.connected(broker, version, { keepAlive: 2 });
  const steps: readonly (() => Promise<unknown>)[] = [
    () => client.subscribe("alive/a", { qos: 2 }),
    () => client.publishAcked("alive/nobody", "x", { qos: 1 }),
    () => client.publishAcked("alive/nobody", "x", { qos: 2 }),
    async () => {
      client.publish("alive/a", "x");
      await client.receive();
    },
    () => client.unsubscribe("alive/a"),
  ];
  for (const step of steps) {
    await broker.advance(2500);
    await step();
  }
  await client.expectNothing();
});

statement("5.0", "MQTT-3.1.2-22", "acknowledgements alone keep a connection open", async () => {
  await using broker = await patient();
  const client = await RawClient.connected(broker, version, { keepAlive: 2 });
  const publisher = await RawClient.connected(broker, version);
  await client.subscribe("alive/a", { qos: 2 });
  for (let count = 0; count < 5; count += 1) {
    await publisher.publishAcked("alive/a", "x", { qos: 2 });
    // Ends with a PUBREL that the broker sends once it read the PUBREC.
    await client.receive();
    await settle(broker);
    await broker.advance(2000);
  }
  await client.expectNothing();
});

statement("5.0", "MQTT-3.1.2-22", "what the broker sends does not keep a silent client alive", async () => {
  await using broker = await patient();
  const client = await RawClient.connected(broker, version, { keepAlive: 2 });
  const publisher = await RawClient.connected(broker, version);
  await client.subscribe("alive/a");
  for (let count = 0; count < 4; count += 1) {
    await broker.advance(1000);
    publisher.publish("alive/a", "x");
    await publisher.ping();
  }
  const last = (await client.expectClosed()).at(-1);
  assert.ok(last?.type === "disconnect" && last.reasonCode === 0x8d);
});

statement("5.0", "MQTT-3.1.2-22", "half a packet does not keep a connection open", async () => {
  await using broker = await patient();
  const client = await RawClient.connected(broker, version, { keepAlive: 2 });
  const packet = packets.publish({ version, topic: "alive/a", payload: "x".repeat(100) });
  for (let at = 0; at < 4; at += 1) {
    client.send(packet.subarray(at, at + 1));
    await settle(broker);
    await broker.advance(1000);
  }
  await client.expectDisconnect(0x8d);
});

statement("5.0", "MQTT-3.1.2-22", "keep alive 0 means that silence is no reason to end a connection", async () => {
  await using broker = await patient();
  const client = await RawClient.connected(broker, version, { keepAlive: 0 });
  for (let count = 0; count < 10; count += 1) await broker.advance(3_600_000);
  await client.expectNothing();
});

statement("5.0", "MQTT-3.1.2-22", "the session of a silent client is stored", async () => {
  await using broker = await patient();
  const properties = [[prop.sessionExpiryInterval, 60]] as const;
  const client = await RawClient.connected(broker, version, { clientId: "s", keepAlive: 2, properties });
  await broker.advance(4000);
  await client.expectDisconnect(0x8d);
  const again = await RawClient.open(broker, version);
  assert.equal((await again.connect({ clientId: "s", cleanStart: false })).sessionPresent, true);
});

statement("5.0", "MQTT-3.1.2-22", "the silence of an old connection does not end the new one", async () => {
  await using broker = await patient();
  const properties = [[prop.sessionExpiryInterval, 60]] as const;
  const old = await RawClient.connected(broker, version, { clientId: "s", keepAlive: 2, properties });
  await old.cut();
  await broker.advance(2000);
  const again = await RawClient.connected(broker, version, { clientId: "s", keepAlive: 10, cleanStart: false });
  await broker.advance(5000);
  await again.expectNothing();
});

statement("5.0", "MQTT-3.2.2-22", "a server keep alive replaces the client's", async () => {
  await using broker = await startTestBroker({ max_keep_alive: 10 }, { manualClock: true });
  for (const keepAlive of [0, 11, 65_535]) {
    const client = await RawClient.open(broker, version);
    assert.equal(property(await client.connect({ keepAlive }), prop.serverKeepAlive), 10);
    await broker.advance(14_000);
    await client.ping();
    await broker.advance(16_500);
    await client.expectDisconnect(0x8d);
  }
});

statement("5.0", "MQTT-3.2.2-22", "a keep alive within the broker's limits is the client's own", async () => {
  await using broker = await startTestBroker({ min_keep_alive: 5, max_keep_alive: 10 }, { manualClock: true });
  for (const keepAlive of [5, 7, 10]) {
    const client = await RawClient.open(broker, version);
    assert.equal(property(await client.connect({ keepAlive }), prop.serverKeepAlive), undefined);
    await broker.advance(keepAlive * 1400);
    await client.ping();
    await broker.advance(keepAlive * 1500 + 1000);
    await client.expectDisconnect(0x8d);
  }
});
