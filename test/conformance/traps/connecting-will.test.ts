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
  type TestBroker,
  trap,
  type Version,
} from "../../kit/mod.ts";
import { watching } from "../v5.0/watching.ts";

// When a will is sent, and when not, for all versions.

const versions = [3, 4, 5] as const;
const names: Readonly<Record<Version, string>> = { 3: "3.1", 4: "3.1.1", 5: "5.0" };
const topic = "will/a";

async function expectNoWill(broker: TestBroker, watcher: RawClient): Promise<void> {
  await settle(broker);
  await watcher.expectNothing();
}

interface TakeOver {
  readonly delay: number;
  readonly expiry: number;
  readonly cleanStart: boolean;
  readonly sent: boolean;
}

const takeOvers: readonly TakeOver[] = [
  { delay: 0, expiry: 0, cleanStart: false, sent: true },
  { delay: 0, expiry: 0, cleanStart: true, sent: true },
  { delay: 0, expiry: 60, cleanStart: false, sent: true },
  { delay: 0, expiry: 60, cleanStart: true, sent: true },
  { delay: 30, expiry: 0, cleanStart: false, sent: true },
  { delay: 30, expiry: 0, cleanStart: true, sent: true },
  { delay: 30, expiry: 60, cleanStart: false, sent: false },
  { delay: 30, expiry: 60, cleanStart: true, sent: true },
];

for (const { delay, expiry, cleanStart, sent } of takeOvers) {
  const what = `will delay ${delay}, expiry ${expiry}, then Clean Start ${Number(cleanStart)}`;
  trap(`5.0: take-over of a client with ${what}: the will is ${sent ? "sent" : "dropped"}`, async () => {
    onlyAkasa("mosquitto 2.0.11 has other rules for the wills of clients that are taken over");
    await using broker = await startTestBroker({}, { manualClock: process.env["TEST_TARGET"] === undefined });
    const watcher = await watching(broker, topic);
    const will = { topic, payload: "old", properties: [[prop.willDelayInterval, delay]] as const };
    const properties: readonly Property[] = [[prop.sessionExpiryInterval, expiry]];
    await RawClient.connected(broker, 5, { clientId: "over", will, properties });
    await RawClient.connected(broker, 5, {
      clientId: "over",
      cleanStart,
      properties: [[prop.sessionExpiryInterval, 60]],
    });
    if (sent) assert.equal((await watcher.receive()).payload.toString(), "old");
    await broker.advance(120_000);
    await expectNoWill(broker, watcher);
  });
}

for (const version of [3, 4] as const) {
  for (const cleanStart of [true, false]) {
    trap(`${names[version]}: take-over with clean session ${Number(cleanStart)} sends the will`, async () => {
      onlyAkasa("mosquitto 2.0.11 forgets the wills of clients that are taken over");
      await using broker = await startTestBroker();
      const watcher = await watching(broker, topic);
      await RawClient.connected(broker, version, { clientId: "over", cleanStart, will: { topic, payload: "old" } });
      const newer = await RawClient.connected(broker, version, { clientId: "over", cleanStart });
      assert.equal((await watcher.receive()).payload.toString(), "old");
      await newer.cut();
      await expectNoWill(broker, watcher);
    });
  }
}

for (const version of versions) {
  trap(`${names[version]}: a connection that is cut sends the will once`, async () => {
    await using broker = await startTestBroker();
    const watcher = await watching(broker, topic);
    const client = await RawClient.connected(broker, version, { will: { topic, payload: "gone", qos: 1 } });
    await client.cut();
    const message = await watcher.receive();
    assert.equal(message.payload.toString(), "gone");
    assert.equal(message.qos, 1);
    await expectNoWill(broker, watcher);
  });

  trap(`${names[version]}: silence beyond the keep alive sends the will`, async () => {
    await using broker = await startTestBroker({}, { manualClock: true });
    const watcher = await watching(broker, topic);
    const client = await RawClient.connected(broker, version, { keepAlive: 2, will: { topic, payload: "gone" } });
    await broker.advance(2900);
    await expectNoWill(broker, watcher);
    await broker.advance(1100);
    await client.expectDisconnect(0x8d);
    assert.equal((await watcher.receive()).payload.toString(), "gone");
  });

  trap(`${names[version]}: a protocol error sends the will`, async () => {
    onlyAkasa("mosquitto 2.0.11 forgets the will of a 5.0 client");
    await using broker = await startTestBroker();
    const watcher = await watching(broker, topic);
    const client = await RawClient.connected(broker, version, { will: { topic, payload: "gone" } });
    client.send(packets.publish({ version, topic: "a", qos: 3, packetId: 1 }));
    await client.expectDisconnect(0x81);
    assert.equal((await watcher.receive()).payload.toString(), "gone");
  });

  trap(`${names[version]}: DISCONNECT removes the will, however the socket ends`, async () => {
    await using broker = await startTestBroker();
    const watcher = await watching(broker, topic);
    const client = await RawClient.connected(broker, version, { will: { topic, payload: "gone" } });
    client.send(packets.disconnect());
    await client.expectClosed();
    client.close();
    await expectNoWill(broker, watcher);
    const other = await RawClient.connected(broker, version, { will: { topic, payload: "gone" } });
    await other.disconnect();
    await expectNoWill(broker, watcher);
  });

  trap(`${names[version]}: a will that its own client subscribed to reaches its stored session`, async () => {
    await using broker = await startTestBroker();
    const properties: readonly Property[] = [[prop.sessionExpiryInterval, 3600]];
    const who = { clientId: "own", cleanStart: false, ...(version === 5 ? { properties } : {}) };
    const client = await RawClient.connected(broker, version, { ...who, will: { topic, payload: "own", qos: 1 } });
    await client.subscribe(topic, { qos: 1 });
    await client.cut();
    const again = await RawClient.connected(broker, version, who);
    assert.equal((await again.receive()).payload.toString(), "own");
  });
}

trap("5.0: DISCONNECT 4 that also ends the session does not wait for the will delay", async () => {
  onlyAkasa("mosquitto 2.0.11 waits for the whole delay");
  await using broker = await startTestBroker();
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, 5, {
    will: { topic, properties: [[prop.willDelayInterval, 3600]] },
    properties: [[prop.sessionExpiryInterval, 3600]],
  });
  await client.disconnect({ reasonCode: 4, properties: [[prop.sessionExpiryInterval, 0]] });
  assert.equal((await watcher.receive()).topic, topic);
});

trap("5.0: DISCONNECT 4 leaves the will to its delay", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, 5, {
    will: { topic, properties: [[prop.willDelayInterval, 5]] },
    properties: [[prop.sessionExpiryInterval, 60]],
  });
  await client.disconnect({ reasonCode: 4 });
  await broker.advance(4000);
  await expectNoWill(broker, watcher);
  await broker.advance(2000);
  assert.equal((await watcher.receive()).topic, topic);
});

trap("5.0: a will's message expiry begins when it is published", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const watcher = await watching(broker, topic);
  const expiry: Property = [prop.messageExpiryInterval, 10];
  const client = await RawClient.connected(broker, 5, {
    will: { topic, payload: "late", retain: true, properties: [[prop.willDelayInterval, 20], expiry] },
    properties: [[prop.sessionExpiryInterval, 60]],
  });
  await client.cut();
  await broker.advance(21_000);
  assert.equal(property(await watcher.receive(), prop.messageExpiryInterval), 10);
  await broker.advance(4000);
  const later = await watching(broker, topic);
  const left = property(await later.receive(), prop.messageExpiryInterval);
  assert.ok(left === 5 || left === 6, String(left));
  await broker.advance(8000);
  const tooLate = await watching(broker, topic);
  await tooLate.expectNothing();
});

trap("5.0: a session that is taken up in time by a 3.1.1 client takes its delayed will back", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const watcher = await watching(broker, topic);
  const client = await RawClient.connected(broker, 5, {
    clientId: "down",
    will: { topic, properties: [[prop.willDelayInterval, 5]] },
    properties: [[prop.sessionExpiryInterval, 60]],
  });
  await client.cut();
  await broker.advance(2000);
  await RawClient.connected(broker, 4, { clientId: "down", cleanStart: false });
  await broker.advance(120_000);
  await expectNoWill(broker, watcher);
});
