import assert from "node:assert/strict";
import {
  onlyAkasa,
  packets,
  prop,
  type Property,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";
import { expectEnded } from "./expect-ended.ts";
import { watching } from "./watching.ts";

const version = 5;
const topic = "will/a";

function times({ delay, expiry }: { delay: number; expiry: number }): {
  will: { topic: string; payload: string; properties: readonly Property[] };
  properties: readonly Property[];
} {
  const properties: readonly Property[] = [[prop.willDelayInterval, delay]];
  return { will: { topic, payload: "gone", properties }, properties: [[prop.sessionExpiryInterval, expiry]] };
}

/** No will was sent up to now. */
async function expectNoWill(broker: TestBroker, watcher: RawClient): Promise<void> {
  await settle(broker);
  await watcher.expectNothing();
}

statement("5.0", "MQTT-3.1.2-8", "a will without delay is sent when the connection is cut", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, version, { will: { topic, payload: "gone" } });
  await expectNoWill(broker, watcher);
  await client.cut();
  assert.equal((await watcher.receive()).payload.toString(), "gone");
  await expectNoWill(broker, watcher);
});

statement("5.0", "MQTT-3.1.2-8", "a will without delay is sent when the connection is reset", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, version, { will: { topic, payload: "gone" } });
  client.reset();
  assert.equal((await watcher.receive()).payload.toString(), "gone");
});

statement("5.0", "MQTT-3.1.2-8", "a will without delay does not wait for the end of the session", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, version, times({ delay: 0, expiry: 3600 }));
  await client.cut();
  assert.equal((await watcher.receive()).payload.toString(), "gone");
});

statement("5.0", "MQTT-3.1.2-8", "a will is sent after its delay when the session lasts longer", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, version, times({ delay: 2, expiry: 10 }));
  await client.cut();
  await broker.advance(1900);
  await expectNoWill(broker, watcher);
  await broker.advance(1100);
  assert.equal((await watcher.receive()).payload.toString(), "gone");
  await broker.advance(20_000);
  await expectNoWill(broker, watcher);
});

statement("5.0", "MQTT-3.1.2-8", "a will is sent at the end of the session when its delay is longer", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, version, times({ delay: 10, expiry: 1 }));
  await client.cut();
  await broker.advance(900);
  await expectNoWill(broker, watcher);
  await broker.advance(1100);
  assert.equal((await watcher.receive()).payload.toString(), "gone");
  await broker.advance(20_000);
  await expectNoWill(broker, watcher);
});

statement("5.0", "MQTT-3.1.2-8", "a delayed will of a session that ends at once is sent at once", async () => {
  onlyAkasa("mosquitto 2.0.11 waits for the whole delay");
  await using broker = await startTestBroker();
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, version, times({ delay: 3600, expiry: 0 }));
  await client.cut();
  assert.equal((await watcher.receive()).payload.toString(), "gone");
});

statement("5.0", "MQTT-3.1.2-8", "a will is sent when a new session replaces the one it belongs to", async () => {
  onlyAkasa("mosquitto 2.0.11 forgets the will");
  await using broker = await startTestBroker();
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, version, times({ delay: 3600, expiry: 3600 }));
  await client.cut();
  await expectNoWill(broker, watcher);
  await RawClient.connected(broker, version, { clientId: client.clientId });
  assert.equal((await watcher.receive()).payload.toString(), "gone");
});

statement("5.0", ["MQTT-3.1.2-8", "MQTT-3.1.2-10"], "DISCONNECT with code 0 removes the will", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, topic);
  for (const fields of [{}, { reasonCode: 0 }, { reasonCode: 0, properties: [] }]) {
    const client = await RawClient.connected(broker, version, { will: { topic, payload: "gone" } });
    await client.disconnect(fields);
  }
  await expectNoWill(broker, watcher);
});

statement("5.0", "MQTT-3.1.2-8", "DISCONNECT with code 4 sends the will", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, version, { will: { topic, payload: "gone" } });
  await client.disconnect({ reasonCode: 0x04 });
  assert.equal((await watcher.receive()).payload.toString(), "gone");
  await expectNoWill(broker, watcher);
});

statement("5.0", "MQTT-3.1.2-8", "DISCONNECT with a code of an error sends the will", async () => {
  onlyAkasa("mosquitto 2.0.11 sends the will after code 4 only");
  await using broker = await startTestBroker();
  const watcher = await watching(broker, topic);
  for (const reasonCode of [0x80, 0x81, 0x82, 0x83, 0x93, 0x94, 0x95, 0x99]) {
    const will = { topic, payload: reasonCode.toString(16) };
    const client = await RawClient.connected(broker, version, { will });
    await client.disconnect({ reasonCode });
    assert.equal((await watcher.receive()).payload.toString(), will.payload);
  }
  await expectNoWill(broker, watcher);
});

statement("5.0", "MQTT-3.1.2-8", "a protocol error sends the will", async () => {
  onlyAkasa("mosquitto 2.0.11 forgets the will");
  await using broker = await startTestBroker();
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, version, { will: { topic, payload: "gone" } });
  client.send(packets.publish({ version, topic: "a", qos: 3, packetId: 1 }));
  await expectEnded(client, 0x81);
  assert.equal((await watcher.receive()).payload.toString(), "gone");
});

statement("5.0", "MQTT-3.1.2-10", "a will that was sent is not sent again for the resumed session", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, version, times({ delay: 0, expiry: 3600 }));
  await client.cut();
  assert.equal((await watcher.receive()).payload.toString(), "gone");
  const { clientId } = client;
  const again = await RawClient.connected(broker, version, {
    clientId,
    cleanStart: false,
    properties: [[prop.sessionExpiryInterval, 3600]],
  });
  await again.cut();
  await expectNoWill(broker, watcher);
});

statement("5.0", "MQTT-3.1.2-10", "a will that DISCONNECT removed is not sent for the resumed session", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, version, times({ delay: 1, expiry: 3600 }));
  await client.disconnect();
  const { clientId } = client;
  const again = await RawClient.connected(broker, version, {
    clientId,
    cleanStart: false,
    properties: [[prop.sessionExpiryInterval, 3600]],
  });
  await again.cut();
  await broker.advance(7_200_000);
  await expectNoWill(broker, watcher);
});

statement("5.0", "MQTT-3.1.3-9", "a client that returns within the will delay takes its will back", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, version, times({ delay: 3, expiry: 60 }));
  await client.cut();
  await broker.advance(1000);
  const again = await RawClient.open(broker, version);
  const { sessionPresent } = await again.connect({
    clientId: client.clientId,
    cleanStart: false,
    properties: [[prop.sessionExpiryInterval, 60]],
  });
  assert.equal(sessionPresent, true);
  for (let second = 0; second < 6; second += 1) {
    await broker.advance(1000);
    await expectNoWill(broker, watcher);
  }
});

statement("5.0", "MQTT-3.1.3-9", "the new will of a returned client counts its own delay", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const watcher = await watching(broker, topic);
  const { will, properties } = times({ delay: 3, expiry: 60 });
  const client = await RawClient.connected(broker, version, { will: { ...will, payload: "first" }, properties });
  await client.cut();
  await broker.advance(2000);
  const { clientId } = client;
  const again = await RawClient.connected(broker, version, { clientId, cleanStart: false, will, properties });
  await again.cut();
  await broker.advance(2000);
  await expectNoWill(broker, watcher);
  await broker.advance(2000);
  assert.equal((await watcher.receive()).payload.toString(), "gone");
  await expectNoWill(broker, watcher);
});
