import assert from "node:assert/strict";
import { onlyAkasa, pitfall, prop, property, RawClient, settle, startTestBroker } from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { receiveMany, texts } from "../receive-many.ts";
import { watching } from "../v5.0/watching.ts";

const noMatchingSubscribers = 0x10;
const forEver = 0xffff_ffff;
const large = "x".repeat(128 * 1024);

pitfall("thread 4", "a forgotten session keeps as many messages as is configured, the first ones", async () => {
  onlyAkasa("the limit is set by Akasa's key");
  await using broker = await startTestBroker({ max_in_mem_pending_messages: 10 });
  for (const clientId of ["forgotten", "attended"]) {
    const client = await RawClient.connected(broker, 5, lasting(clientId));
    await client.subscribe("t", { qos: 1 });
    await client.disconnect();
  }
  const publisher = await RawClient.connected(broker, 5);
  for (let number = 0; number < 10; number += 1) await publisher.publishAcked("t", `${number}`);
  // Each session has its own limit: this one is emptied, the other stays full.
  const attended = await resumed(broker, "attended");
  await receiveMany(attended, 10);
  for (let number = 10; number < 15; number += 1) await publisher.publishAcked("t", `${number}`);
  assert.deepEqual(texts(await receiveMany(attended, 5)), ["10", "11", "12", "13", "14"]);
  const forgotten = await resumed(broker, "forgotten");
  assert.deepEqual(texts(await receiveMany(forgotten, 10)), ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  await settle(broker);
  await forgotten.expectNothing();
  await publisher.publishAcked("t", "room again");
  assert.equal((await forgotten.receive()).payload.toString(), "room again");
});

pitfall("thread 4", "a forgotten session keeps no more bytes than is configured", async () => {
  onlyAkasa("the limit is set by Akasa's key");
  await using broker = await startTestBroker({ max_queued_bytes_per_session: 10_000 });
  const client = await RawClient.connected(broker, 5, lasting("forgotten"));
  await client.subscribe("t", { qos: 1 });
  await client.disconnect();
  const publisher = await RawClient.connected(broker, 5);
  for (let number = 0; number < 20; number += 1) await publisher.publishAcked("t", `${number}`.padEnd(4000));
  await settle(broker);
  const back = await resumed(broker, "forgotten");
  assert.deepEqual(
    texts(await receiveMany(back, 2)).map((text) => text.trim()),
    ["0", "1"],
  );
  await settle(broker);
  await back.expectNothing();
});

pitfall(
  "thread 4",
  "a 5.0 session that is to live for ever ends at the broker's limit, with what waits for it",
  async () => {
    onlyAkasa("the limit is set by Akasa's key");
    await using broker = await startTestBroker({ max_session_expiry_interval: 60 }, { manualClock: true });
    const client = await RawClient.open(broker, 5);
    const properties = [[prop.sessionExpiryInterval, forEver]] as const;
    const connack = await client.connect({ clientId: "ever", cleanStart: false, properties });
    assert.equal(property(connack, prop.sessionExpiryInterval), 60);
    await client.subscribe("t", { qos: 1 });
    await client.disconnect();
    const publisher = await RawClient.connected(broker, 5);
    assert.equal((await publisher.publishAcked("t", "kept")).reasonCode, 0);
    await broker.advance(62_000);
    assert.equal((await publisher.publishAcked("t", "lost")).reasonCode, noMatchingSubscribers);
    const back = await RawClient.open(broker, 5);
    assert.equal((await back.connect({ clientId: "ever", cleanStart: false, properties })).sessionPresent, false);
    await back.expectNothing();
  },
);

for (const version of [3, 4] as const) {
  const name = version === 3 ? "3.1" : "3.1.1";
  pitfall("thread 4", `${name}: a session that is not clean ends at the broker's limit too`, async () => {
    onlyAkasa("the limit is set by Akasa's key");
    await using broker = await startTestBroker({ max_session_expiry_interval: 60 }, { manualClock: true });
    const client = await RawClient.connected(broker, version, { clientId: "old", cleanStart: false });
    await client.subscribe("t", { qos: 1 });
    await client.disconnect();
    const publisher = await RawClient.connected(broker, 5);
    await broker.advance(58_000);
    assert.equal((await publisher.publishAcked("t", "kept")).reasonCode, 0);
    await broker.advance(4000);
    assert.equal((await publisher.publishAcked("t", "lost")).reasonCode, noMatchingSubscribers);
  });
}

pitfall(
  "thread 6",
  "what is acknowledged while a session's client is away reaches it, absence after absence",
  async () => {
    await using broker = await startTestBroker();
    const first = await RawClient.connected(broker, 5, lasting("away"));
    for (const filter of ["plain", "wild/+", "deep/#", "$share/g/shared"]) await first.subscribe(filter, { qos: 1 });
    await first.disconnect();
    const publisher = await RawClient.connected(broker, 5);
    const topics = ["plain", "wild/1", "deep/1/2", "shared"];
    // No SUBSCRIBE is sent after the first connection: the routes have to outlive each of them.
    for (let absence = 0; absence < 3; absence += 1) {
      for (const topic of topics) assert.equal((await publisher.publishAcked(topic, topic)).reasonCode, 0, topic);
      const back = await resumed(broker, "away");
      assert.deepEqual(texts(await receiveMany(back, topics.length)), topics);
      await back.expectNothing();
      if (absence === 1) await back.cut();
      else await back.disconnect();
    }
  },
);

for (const version of [3, 4, 5] as const) {
  const name = { 3: "3.1", 4: "3.1.1", 5: "5.0" }[version];
  pitfall("thread 11", `${name}: a connection that does not read cannot hold on to its client id`, async () => {
    await using broker = await startTestBroker();
    const frozen = await RawClient.connected(broker, version, lasting("device"));
    await frozen.subscribe("t", { qos: 1 });
    frozen.pauseReading();
    const publisher = await RawClient.connected(broker, 5);
    for (let number = 0; number < 200; number += 1) await publisher.publishAcked("t", large);
    const newer = await resumed(broker, "device", { version });
    const waiting = await receiveMany(newer, 200);
    assert.ok(waiting.every(({ payload }) => payload.length === large.length));
    await publisher.publishAcked("t", "new");
    assert.equal((await newer.receive()).payload.toString(), "new");
    frozen.resumeReading();
    await frozen.expectClosed();
    await settle(broker);
    await newer.expectNothing();
  });
}

pitfall(
  "thread 11",
  "a client id can be taken over again and again while none of the old connections reads",
  async () => {
    await using broker = await startTestBroker();
    const older: RawClient[] = [];
    for (let round = 0; round < 30; round += 1) {
      const client = await RawClient.connected(broker, 5, lasting("device"));
      if (round === 0) await client.subscribe("t", { qos: 1 });
      client.pauseReading();
      older.push(client);
    }
    const last = await resumed(broker, "device");
    for (const client of older) {
      client.resumeReading();
      await client.expectDisconnect(0x8e);
    }
    await last.publishAcked("t", "mine");
    assert.equal((await last.receive()).payload.toString(), "mine");
    await settle(broker);
    await last.expectNothing();
  },
);

pitfall("thread 12", "the will of a connection that does not read is published when its id is taken over", async () => {
  onlyAkasa("mosquitto 2.0.11 forgets the wills of clients that are taken over");
  await using broker = await startTestBroker();
  const watcher = await watching(broker, "will");
  const will = { topic: "will", payload: "gone" };
  const properties = [[prop.sessionExpiryInterval, 0]] as const;
  const frozen = await RawClient.connected(broker, 5, { clientId: "device", will, properties });
  await frozen.subscribe("t");
  frozen.pauseReading();
  const publisher = await RawClient.connected(broker, 5);
  for (let number = 0; number < 200; number += 1) {
    publisher.publish("t", large);
    await publisher.ping();
  }
  await RawClient.connected(broker, 5, { clientId: "device" });
  assert.equal((await watcher.receive()).payload.toString(), "gone");
  await settle(broker);
  await watcher.expectNothing();
});
