import assert from "node:assert/strict";
import {
  type ConnectOptions,
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
import { userFile } from "../v5.0/user-file.ts";

// Traps of connecting and of sessions, for all versions that they concern; wills are in connecting-will.test.ts.

const versions = [3, 4, 5] as const;
const names: Readonly<Record<Version, string>> = { 3: "3.1", 4: "3.1.1", 5: "5.0" };
const day = 86_400_000;

function expiry(seconds: number): readonly Property[] {
  return [[prop.sessionExpiryInterval, seconds]];
}

/** CONNECT fields of a client whose session outlives its connection. */
function lasting(version: Version, clientId: string): ConnectOptions {
  return { clientId, cleanStart: false, ...(version === 5 ? { properties: expiry(3600) } : {}) };
}

/** True if the next connection with that id takes up a session; asked by 3.1.1, which leaves the session as it is. */
async function isPresent(broker: TestBroker, clientId: string): Promise<boolean> {
  const client = await RawClient.open(broker, 4);
  const { sessionPresent } = await client.connect({ clientId, cleanStart: false });
  await client.disconnect();
  return sessionPresent;
}

for (const version of [4, 5] as const) {
  trap(`${names[version]}: session present is 1 for an empty session that is there, and only then`, async () => {
    await using broker = await startTestBroker();
    const steps = [
      { cleanStart: false, present: false },
      { cleanStart: false, present: true },
      { cleanStart: true, present: false },
      { cleanStart: true, present: false },
    ];
    for (const { cleanStart, present } of steps) {
      const client = await RawClient.open(broker, version);
      const { sessionPresent } = await client.connect({ ...lasting(version, "empty"), cleanStart });
      assert.equal(sessionPresent, present);
      await client.disconnect();
    }
  });
}

trap("3.1: a session that is taken up is not shown in CONNACK, but it is there", async () => {
  await using broker = await startTestBroker();
  const first = await RawClient.connected(broker, 3, lasting(3, "old"));
  await first.subscribe("old/a", { qos: 1 });
  await first.disconnect();
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked("old/a", "kept");
  const second = await RawClient.open(broker, 3);
  assert.equal((await second.connect(lasting(3, "old"))).raw.toString("hex"), "20020000");
  assert.equal((await second.receive()).payload.toString(), "kept");
});

trap("5.0: Clean Start 0 without an expiry interval ends the session with the connection", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5, { clientId: "brief", cleanStart: false });
  await client.disconnect();
  assert.equal(await isPresent(broker, "brief"), false);
});

for (const version of [3, 4] as const) {
  trap(`${names[version]}: a session that is not clean stays for days`, async () => {
    await using broker = await startTestBroker({}, { manualClock: true });
    const client = await RawClient.connected(broker, version, { clientId: "days", cleanStart: false });
    await client.disconnect();
    await broker.advance(20 * day);
    assert.equal(await isPresent(broker, "days"), true);
  });

  trap(`${names[version]}: a clean session ends with its connection`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version, { clientId: "clean", cleanStart: true });
    await client.cut();
    assert.equal(await isPresent(broker, "clean"), false);
  });
}

trap("5.0: DISCONNECT can end a session at once", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5, { clientId: "ended", properties: expiry(3600) });
  await client.disconnect({ reasonCode: 0, properties: expiry(0) });
  assert.equal(await isPresent(broker, "ended"), false);
});

for (const properties of [[], expiry(0)]) {
  const was = properties.length === 0 ? "was not given" : "was 0";
  trap(`5.0: DISCONNECT cannot give an expiry interval that ${was}, and the will stays`, async () => {
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, 5);
    await watcher.subscribe("will/a");
    const client = await RawClient.connected(broker, 5, { clientId: "e", properties, will: { topic: "will/a" } });
    client.send(packets.disconnect({ reasonCode: 0, properties: expiry(10) }));
    await client.expectDisconnect(0x82);
    onlyAkasa("mosquitto 2.0.11 forgets the will");
    assert.equal((await watcher.receive()).topic, "will/a");
    assert.equal(await isPresent(broker, "e"), false);
  });
}

trap("5.0: DISCONNECT may repeat an expiry interval of 0", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  client.send(packets.disconnect({ reasonCode: 0, properties: expiry(0) }));
  assert.deepEqual(await client.expectClosed(), []);
});

trap("5.0: the broker's longest expiry interval is announced and holds for DISCONNECT too", async () => {
  await using broker = await startTestBroker({ max_session_expiry_interval: 10 }, { manualClock: true });
  const client = await RawClient.open(broker, 5);
  const connack = await client.connect({ clientId: "capped", properties: expiry(60) });
  assert.equal(property(connack, prop.sessionExpiryInterval), 10);
  await client.disconnect({ reasonCode: 0, properties: expiry(60) });
  await broker.advance(12_000);
  assert.equal(await isPresent(broker, "capped"), false);
});

trap("5.0: an expiry interval within the broker's limit is not announced as another", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, 5);
  const connack = await client.connect({ properties: expiry(60) });
  assert.equal(property(connack, prop.sessionExpiryInterval) ?? 60, 60);
});

for (const older of versions) {
  for (const newer of versions) {
    trap(`a ${names[newer]} client takes over the session of a ${names[older]} client`, async () => {
      await using broker = await startTestBroker();
      const first = await RawClient.connected(broker, older, lasting(older, "moved"));
      await first.subscribe("moved/a", { qos: 1 });
      const second = await RawClient.open(broker, newer);
      const connack = await second.connect(lasting(newer, "moved"));
      assert.equal(connack.reasonCode, 0);
      assert.equal(connack.sessionPresent, newer !== 3);
      const last = await first.expectClosed();
      // A 3.x client is told nothing. mosquitto 2.0.11 tells nobody.
      if (process.env["TEST_TARGET"] === undefined && older === 5) {
        assert.ok(last[0]?.type === "disconnect" && last[0].reasonCode === 0x8e);
        last.shift();
      }
      assert.deepEqual(last, []);
      const publisher = await RawClient.connected(broker, 5);
      await publisher.publishAcked("moved/a", "x");
      assert.equal((await second.receive()).payload.toString(), "x");
      await settle(broker);
      await second.expectNothing();
    });
  }
}

for (const version of versions) {
  trap(`${names[version]}: of two clients that connect at once with one id exactly one stays`, async () => {
    onlyAkasa("mosquitto 2.0.11 forgets the wills of clients that are taken over");
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, 5);
    await watcher.subscribe("race/will");
    for (let round = 0; round < 10; round += 1) {
      const racers = [await RawClient.open(broker, version), await RawClient.open(broker, version)];
      const will = { topic: "race/will", payload: `${round}` };
      const hello = packets.connect({ version, ...lasting(version, "racer"), will });
      for (const racer of racers) racer.send(hello);
      for (const racer of racers) assert.equal((await racer.next("connack")).reasonCode, 0);
      const loser = await Promise.any(racers.map(async (racer) => (await racer.expectClosed(), racer)));
      const winner = racers.find((racer) => racer !== loser);
      assert.ok(winner !== undefined);
      assert.equal((await watcher.receive()).payload.toString(), `${round}`);
      loser.close();
      await settle(broker);
      await winner.subscribe("race/a", { qos: 1 });
      await winner.publishAcked("race/a", "won");
      assert.equal((await winner.receive()).payload.toString(), "won");
      // The loser's end neither fired the winner's will nor ended its session.
      await watcher.expectNothing();
      await winner.disconnect();
      assert.equal(await isPresent(broker, "racer"), true);
    }
  });
}

for (const version of versions) {
  trap(`${names[version]}: only what the client sends keeps its connection open`, async () => {
    await using broker = await startTestBroker({}, { manualClock: true });
    const client = await RawClient.connected(broker, version, { keepAlive: 2 });
    const publisher = await RawClient.connected(broker, version);
    await client.subscribe("alive/a");
    for (let second = 0; second < 4; second += 1) {
      await broker.advance(2000);
      await client.ping();
    }
    for (let second = 0; second < 4; second += 1) {
      publisher.publish("alive/a", "x");
      await publisher.ping();
      await broker.advance(1000);
    }
    const received = await client.expectClosed();
    assert.deepEqual(
      [...new Set(received.map(({ type }) => type))],
      version === 5 ? ["publish", "disconnect"] : ["publish"],
    );
  });

  trap(`${names[version]}: keep alive 0 switches the check off`, async () => {
    await using broker = await startTestBroker({}, { manualClock: true });
    const client = await RawClient.connected(broker, version, { keepAlive: 0 });
    await broker.advance(day);
    await client.ping();
  });
}

for (const version of [3, 4] as const) {
  trap(`${names[version]}: a client that cannot be told another keep alive keeps its own`, async () => {
    await using broker = await startTestBroker({ max_keep_alive: 10, min_keep_alive: 5 }, { manualClock: true });
    const patient = await RawClient.connected(broker, version, { keepAlive: 60 });
    const hasty = await RawClient.connected(broker, version, { keepAlive: 2 });
    await broker.advance(4000);
    await hasty.expectDisconnect();
    await broker.advance(80_000);
    await patient.ping();
    await broker.advance(92_000);
    await patient.expectDisconnect();
  });
}

trap("3.1.1: an empty client id is accepted with a clean session only", async () => {
  await using broker = await startTestBroker();
  const clean = await RawClient.open(broker, 4);
  assert.equal((await clean.connect({ clientId: "", cleanStart: true })).raw.toString("hex"), "20020000");
  const other = await RawClient.open(broker, 4);
  assert.equal((await other.connect({ clientId: "", cleanStart: true })).reasonCode, 0);
  await clean.expectNothing();
  const lastingClient = await RawClient.open(broker, 4);
  assert.equal((await lastingClient.connect({ clientId: "", cleanStart: false })).reasonCode, 2);
  assert.deepEqual(await lastingClient.expectClosed(), []);
});

trap("3.1: an empty client id is refused", async () => {
  onlyAkasa("mosquitto 2.0.11 gives a 3.1 client an id");
  await using broker = await startTestBroker();
  for (const cleanStart of [true, false]) {
    const client = await RawClient.open(broker, 3);
    assert.equal((await client.connect({ clientId: "", cleanStart })).reasonCode, 2);
    assert.deepEqual(await client.expectClosed(), []);
  }
});

trap("a password without user name is an error in 3.1.1 and none in 5.0", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, 4);
  client.send(packets.connect({ version: 4, clientId: "p", password: "x" }));
  for (const answer of await client.expectClosed()) assert.ok(answer.type === "connack" && answer.reasonCode > 0);
  await RawClient.connected(broker, 5, { clientId: "p", password: "x" });
});

for (const version of versions) {
  trap(`${names[version]}: what stands behind a CONNECT waits for its password check`, async () => {
    await using users = await userFile({ anna: "secret" });
    await using broker = await startTestBroker(users.overrides);
    const tail = [
      packets.publish({ version, topic: "early/a", payload: "x", retain: true }),
      packets.subscribe({ version, packetId: 1, filters: [{ filter: "early/a" }] }),
    ];
    const refused = await RawClient.open(broker, version);
    refused.send(packets.connect({ version, clientId: "r", userName: "anna", password: "wrong" }), ...tail);
    const codes = (await refused.expectClosed()).map((answer) => answer.type === "connack" && answer.reasonCode);
    assert.ok(
      codes.length === 0 || (codes.length === 1 && (version === 5 ? [0x86, 0x87] : [4, 5]).includes(Number(codes[0]))),
    );
    const accepted = await RawClient.open(broker, version);
    const hello = packets.connect({ version, clientId: "a", userName: "anna", password: "secret" });
    // Nothing of the refused client was kept: what comes first is what this client sends itself.
    accepted.send(hello, packets.subscribe({ version, packetId: 7, filters: [{ filter: "early/a" }] }), ...tail);
    assert.equal((await accepted.next("connack")).reasonCode, 0);
    await accepted.next("suback");
    assert.equal((await accepted.next("publish")).retain, false);
    await accepted.next("suback");
    assert.equal((await accepted.next("publish")).retain, true);
    await accepted.expectNothing();
  });
}

trap("a connection that sends no CONNECT is closed after a while", async () => {
  await using broker = await startTestBroker({ connect_timeout_seconds: 5 }, { manualClock: true });
  const silent = await RawClient.open(broker, 5);
  const slow = await RawClient.open(broker, 5);
  const hello = packets.connect({ version: 5, clientId: "slow" });
  for (let second = 0; second < 6; second += 1) {
    // A byte now and then is no CONNECT.
    slow.send(hello.subarray(second, second + 1));
    await settle(broker);
    await broker.advance(1000);
  }
  assert.deepEqual(await silent.expectClosed(), []);
  assert.deepEqual(await slow.expectClosed(), []);
});

trap("a connection that sends its CONNECT in time is not closed", async () => {
  await using broker = await startTestBroker({ connect_timeout_seconds: 5 }, { manualClock: true });
  const client = await RawClient.open(broker, 5);
  await settle(broker);
  await broker.advance(4000);
  assert.equal((await client.connect()).reasonCode, 0);
  await broker.advance(60_000);
  await client.expectNothing();
});
