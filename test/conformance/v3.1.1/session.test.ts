import assert from "node:assert/strict";
import { onlyAkasa, RawClient, settle, startTestBroker, statement, type TestBroker } from "../../kit/mod.ts";

const stored = { clientId: "stored", cleanStart: false } as const;

statement("3.1.1", ["MQTT-3.1.2-4", "MQTT-3.1.4-3"], "a stored session goes on without subscribing again", async () => {
  await using broker = await startTestBroker();
  const before = await RawClient.connected(broker, 4, stored);
  await before.subscribe("a", { qos: 1 });
  await before.disconnect();
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("a", "waited");
  const after = await RawClient.open(broker, 4);
  assert.ok((await after.connect(stored)).sessionPresent);
  assert.equal((await after.receive()).payload.toString(), "waited");
  await publisher.publishAcked("a", "live");
  assert.equal((await after.receive()).payload.toString(), "live");
});

statement("3.1.1", "MQTT-3.1.2-5", "QoS 1 and 2 messages wait for a stored session, in their order", async () => {
  await using broker = await startTestBroker();
  const before = await RawClient.connected(broker, 4, stored);
  await before.subscribe([
    { filter: "one/#", qos: 1 },
    { filter: "two/#", qos: 2 },
  ]);
  await before.cut();
  const publisher = await RawClient.connected(broker, 4);
  const sent: string[] = [];
  for (let number = 0; number < 5; number += 1) {
    await publisher.publishAcked("one/a", `one ${number}`, { qos: 1 });
    await publisher.publishAcked("two/a", `two ${number}`, { qos: 2 });
    sent.push(`one ${number}`, `two ${number}`);
  }
  const after = await RawClient.connected(broker, 4, stored);
  const received: string[] = [];
  for (const _ of sent) {
    const { payload, qos } = await after.receive();
    received.push(payload.toString());
    assert.equal(qos, payload.toString().startsWith("one") ? 1 : 2);
  }
  // Order is promised for each topic and QoS.
  for (const kind of ["one", "two"]) {
    assert.deepEqual(
      received.filter((payload) => payload.startsWith(kind)),
      sent.filter((payload) => payload.startsWith(kind)),
    );
  }
  await after.expectNothing();
});

statement(
  "3.1.1",
  ["MQTT-3.1.2-6", "MQTT-3.1.4-3"],
  "clean session drops what was stored and is not stored",
  async () => {
    await using broker = await startTestBroker();
    const before = await RawClient.connected(broker, 4, stored);
    await before.subscribe("a", { qos: 1 });
    await before.disconnect();
    const publisher = await RawClient.connected(broker, 4);
    await publisher.publishAcked("a", "old");

    const clean = await RawClient.open(broker, 4);
    assert.equal((await clean.connect({ clientId: stored.clientId })).sessionPresent, false);
    await publisher.publishAcked("a", "subscribed no more");
    await clean.expectNothing();
    await clean.subscribe("b", { qos: 1 });
    await clean.disconnect();
    await publisher.publishAcked("b", "while nobody is there");

    const after = await RawClient.open(broker, 4);
    assert.equal((await after.connect(stored)).sessionPresent, false);
    await publisher.publishAcked("a", "");
    await publisher.publishAcked("b", "");
    await after.expectNothing();
  },
);

statement("3.1.1", "MQTT-3.1.2-7", "a retained message outlives the session that published it", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("a", "kept", { retain: true });
  await publisher.disconnect();
  await settle(broker);
  const subscriber = await RawClient.connected(broker, 4);
  await subscriber.subscribe("a");
  const message = await subscriber.receive();
  assert.deepEqual([message.payload.toString(), message.retain], ["kept", true]);
});

async function expectTakeOver(broker: TestBroker, cleanStart: boolean): Promise<void> {
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("will");
  const will = { topic: "will", payload: "taken over" };
  const first = await RawClient.connected(broker, 4, { clientId: "x", cleanStart, will });
  const second = await RawClient.connected(broker, 4, { clientId: "x", cleanStart });
  assert.deepEqual(await first.expectClosed(), []);
  assert.equal((await watcher.receive()).payload.toString(), "taken over");
  await second.ping();
}

statement(
  "3.1.1",
  "MQTT-3.1.4-2",
  "a client id that connects again ends its first connection, will and all",
  async () => {
    await using broker = await startTestBroker();
    await expectTakeOver(broker, true);
  },
);

statement(
  "3.1.1",
  "MQTT-3.1.4-2",
  "a stored session that goes on ends its first connection, will and all",
  async () => {
    onlyAkasa("mosquitto 2.0.11 forgets the will of a session that goes on");
    await using broker = await startTestBroker();
    await expectTakeOver(broker, false);
  },
);

statement("3.1.1", "MQTT-3.1.4-3", "taking over a live session keeps its state without clean session", async () => {
  await using broker = await startTestBroker();
  const first = await RawClient.connected(broker, 4, stored);
  await first.subscribe("a", { qos: 1 });
  const second = await RawClient.open(broker, 4);
  assert.ok((await second.connect(stored)).sessionPresent);
  await first.expectClosed();
  await second.publishAcked("a", "to the new connection");
  assert.equal((await second.receive()).payload.toString(), "to the new connection");
});

statement("3.1.1", "MQTT-3.1.4-3", "taking over a live session drops its state with clean session", async () => {
  await using broker = await startTestBroker();
  const first = await RawClient.connected(broker, 4, stored);
  await first.subscribe("a", { qos: 1 });
  const second = await RawClient.open(broker, 4);
  assert.equal((await second.connect({ clientId: stored.clientId })).sessionPresent, false);
  await first.expectClosed();
  await second.publishAcked("a", "to nobody");
  await second.expectNothing();
});

statement("3.1.1", "MQTT-4.1.0-1", "subscriptions, deliveries under way and the queue survive reconnects", async () => {
  await using broker = await startTestBroker();
  const first = await RawClient.connected(broker, 4, stored);
  await first.subscribe([
    { filter: "one", qos: 1 },
    { filter: "two", qos: 2 },
  ]);
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("one", "1", { qos: 1 });
  await publisher.publishAcked("two", "2", { qos: 2 });
  const underWay = [await first.next("publish"), await first.next("publish")];
  await first.cut();
  await publisher.publishAcked("one", "3", { qos: 1 });
  for (let time = 0; time < 2; time += 1) {
    const again = await RawClient.connected(broker, 4, stored);
    for (const { packetId, payload } of underWay) {
      const message = await again.next("publish");
      assert.deepEqual([message.packetId, message.payload, message.dup], [packetId, payload, true]);
    }
    assert.equal((await again.next("publish")).payload.toString(), "3");
    await again.cut();
  }
  const last = await RawClient.connected(broker, 4, stored);
  for (const payload of ["1", "2", "3"]) assert.equal((await last.receive()).payload.toString(), payload);
  await publisher.publishAcked("two", "4", { qos: 2 });
  assert.equal((await last.receive()).payload.toString(), "4");
  await last.expectNothing();
});

statement("3.1.1", "MQTT-4.1.0-2", "a connected client keeps its subscriptions however long it is idle", async () => {
  await using broker = await startTestBroker({ max_session_expiry_interval: 60 }, { manualClock: true });
  const idle = await RawClient.connected(broker, 4, { keepAlive: 0 });
  await idle.subscribe("a", { qos: 1 });
  await broker.advance(24 * 3600 * 1000);
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("a", "still there");
  assert.equal((await idle.receive()).payload.toString(), "still there");
});

statement("3.1.1", "MQTT-4.1.0-2", "a connected client keeps its subscriptions through a burst", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  await client.subscribe("a", { qos: 1 });
  const publisher = await RawClient.connected(broker, 4);
  for (let burst = 0; burst < 5; burst += 1) {
    for (let number = 0; number < 200; number += 1) publisher.publish("a", `${number}`, { qos: 1 });
    for (let number = 0; number < 200; number += 1) {
      assert.equal((await client.receive()).payload.toString(), `${number}`);
    }
  }
});

statement("3.1.1", "MQTT-3.1.2-6", "a live clean session that is taken over is not gone on with", async () => {
  await using broker = await startTestBroker();
  const first = await RawClient.connected(broker, 4, { clientId: stored.clientId });
  await first.subscribe("a", { qos: 1 });
  const second = await RawClient.open(broker, 4);
  assert.equal((await second.connect(stored)).sessionPresent, false);
  await first.expectClosed();
  await second.publishAcked("a", "to nobody");
  await second.expectNothing();
});
