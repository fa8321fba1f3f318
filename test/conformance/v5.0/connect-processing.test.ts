import assert from "node:assert/strict";
import {
  packets,
  prop,
  type Property,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";
import { userFile } from "./user-file.ts";
import { watching } from "./watching.ts";

const version = 5;
const hour: readonly Property[] = [[prop.sessionExpiryInterval, 3600]];
const unknownMethod: readonly Property[] = [[prop.authenticationMethod, "X-NONE"]];

statement("5.0", "MQTT-3.1.4-3", "the older connection of a client id is told that it was taken over", async () => {
  await using broker = await startTestBroker();
  const older = await RawClient.connected(broker, version, { clientId: "twice" });
  const newer = await RawClient.connected(broker, version, { clientId: "twice" });
  const last = await older.expectClosed();
  // mosquitto 2.0.11 just closes.
  if (process.env["TEST_TARGET"] === undefined) {
    assert.deepEqual(
      last.map((packet) => packet.type === "disconnect" && packet.reasonCode),
      [0x8e],
    );
  }
  await newer.subscribe("twice/a");
  newer.publish("twice/a", "works");
  assert.equal((await newer.receive()).payload.toString(), "works");
});

statement("5.0", "MQTT-3.1.4-3", "of ten connections with one client id the last one stays", async () => {
  await using broker = await startTestBroker();
  const clients: RawClient[] = [];
  for (let count = 0; count < 10; count += 1) {
    clients.push(await RawClient.connected(broker, version, { clientId: "many", cleanStart: count % 2 === 0 }));
  }
  const last = clients.pop();
  for (const client of clients) await client.expectClosed();
  await last?.expectNothing();
});

/** A connected client with a stored session that subscribes to "live/#". */
async function liveSession(broker: TestBroker, clientId: string): Promise<RawClient> {
  const client = await RawClient.connected(broker, version, { clientId, properties: hour });
  await client.subscribe("live/#", { qos: 1 });
  return client;
}

statement("5.0", "MQTT-3.1.4-4", "a take-over with Clean Start 0 carries the session on", async () => {
  await using broker = await startTestBroker();
  const older = await liveSession(broker, "live");
  const publisher = await RawClient.connected(broker, version);
  await publisher.publishAcked("live/1", "unanswered");
  await older.next("publish");
  const newer = await RawClient.open(broker, version);
  const connack = await newer.connect({ clientId: "live", cleanStart: false, properties: hour });
  assert.equal(connack.sessionPresent, true);
  const resent = await newer.receive();
  assert.equal(resent.payload.toString(), "unanswered");
  assert.equal(resent.dup, true);
  await publisher.publishAcked("live/2", "new");
  assert.equal((await newer.receive()).payload.toString(), "new");
});

statement("5.0", "MQTT-3.1.4-4", "a take-over with Clean Start 1 begins a new session", async () => {
  await using broker = await startTestBroker();
  const older = await liveSession(broker, "live");
  const publisher = await RawClient.connected(broker, version);
  await publisher.publishAcked("live/1", "unanswered");
  await older.next("publish");
  const newer = await RawClient.open(broker, version);
  assert.equal((await newer.connect({ clientId: "live", properties: hour })).sessionPresent, false);
  await publisher.publishAcked("live/2", "new");
  await newer.expectNothing();
  const third = await RawClient.open(broker, version);
  const { sessionPresent } = await third.connect({ clientId: "live", cleanStart: false, properties: hour });
  assert.equal(sessionPresent, true);
  await third.expectNothing();
});

statement("5.0", "MQTT-3.1.4-4", "a CONNECT that is refused does not touch the session it names", async () => {
  await using broker = await startTestBroker();
  const client = await liveSession(broker, "live");
  const intruder = await RawClient.open(broker, version);
  intruder.send(packets.connect({ version, clientId: "live", properties: unknownMethod }));
  await intruder.expectClosed();
  await client.publishAcked("live/1", "still here");
  assert.equal((await client.receive()).payload.toString(), "still here");
});

statement("5.0", "MQTT-3.1.4-5", "a valid CONNECT is answered with success", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, version);
  client.send(packets.connect({ version, clientId: "valid" }));
  const connack = await client.next("connack");
  assert.equal(connack.reasonCode, 0);
  assert.equal(connack.sessionPresent, false);
  await client.expectNothing();
});

/** Sends a CONNECT that is refused with more packets right behind it: none of them does anything. */
async function expectNothingDone(broker: TestBroker, refused: Buffer): Promise<void> {
  const allowed = { userName: "anna", password: "secret" };
  const watcher = await RawClient.connected(broker, version, allowed);
  await watcher.subscribe("refused/#", { qos: 1 });
  const client = await RawClient.open(broker, version);
  client.send(
    refused,
    packets.publish({ version, topic: "refused/a", payload: "x", qos: 1, retain: true }),
    packets.subscribe({ version, packetId: 1, filters: [{ filter: "refused/#" }] }),
    packets.pingreq(),
  );
  const answers = await client.expectClosed();
  assert.ok(
    answers.every((answer) => answer.type === "connack" && answer.reasonCode >= 0x80),
    answers.map(({ type }) => type).join(),
  );
  assert.ok(answers.length <= 1);
  const publisher = await RawClient.connected(broker, version, allowed);
  await publisher.publishAcked("refused/fence", "fence");
  assert.equal((await watcher.receive()).topic, "refused/fence");
  await watcher.subscribe("refused/#", { qos: 1 });
  await watcher.expectNothing();
}

statement("5.0", "MQTT-3.1.4-6", "what follows a CONNECT with an unknown method is not done", async () => {
  await using broker = await startTestBroker();
  await expectNothingDone(broker, packets.connect({ version, clientId: "r", properties: unknownMethod }));
});

statement("5.0", "MQTT-3.1.4-6", "what follows a malformed CONNECT is not done", async () => {
  await using broker = await startTestBroker();
  await expectNothingDone(broker, packets.connect({ version, clientId: "r", flags: 0x03 }));
});

statement("5.0", "MQTT-3.1.4-6", "what follows a CONNECT with a wrong password is not done", async () => {
  await using users = await userFile({ anna: "secret" });
  await using broker = await startTestBroker(users.overrides);
  await expectNothingDone(broker, packets.connect({ version, clientId: "r", userName: "anna", password: "wrong" }));
});

statement("5.0", "MQTT-3.1.4-6", "a refused CONNECT leaves no will behind", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, "refused/will");
  const client = await RawClient.open(broker, version);
  client.send(packets.connect({ version, will: { topic: "refused/will" }, properties: unknownMethod }));
  await client.expectClosed();
  await settle(broker);
  await watcher.expectNothing();
});

statement("5.0", "MQTT-3.2.0-1", "a resumed session's messages come after CONNACK", async () => {
  await using broker = await startTestBroker();
  const client = await liveSession(broker, "resumed");
  await client.disconnect();
  const publisher = await RawClient.connected(broker, version);
  for (const payload of ["1", "2", "3"]) await publisher.publishAcked("live/a", payload);
  const again = await RawClient.open(broker, version);
  again.send(packets.connect({ version, clientId: "resumed", cleanStart: false, properties: hour }));
  assert.equal((await again.next("connack")).sessionPresent, true);
  for (const payload of ["1", "2", "3"]) assert.equal((await again.receive()).payload.toString(), payload);
});

statement("5.0", "MQTT-3.2.0-1", "packets right behind CONNECT are answered after CONNACK", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, version);
  client.send(
    packets.connect({ version, clientId: "pipelined" }),
    packets.pingreq(),
    packets.subscribe({ version, packetId: 1, filters: [{ filter: "a" }] }),
    packets.publish({ version, topic: "a", payload: "own" }),
  );
  assert.equal((await client.next()).type, "connack");
  await client.next("pingresp");
  await client.take("suback");
  assert.equal((await client.take("publish")).payload.toString(), "own");
  await client.expectNothing();
});

statement("5.0", "MQTT-3.2.0-1", "packets right behind CONNECT wait for the password check", async () => {
  await using users = await userFile({ anna: "secret" });
  await using broker = await startTestBroker(users.overrides);
  const client = await RawClient.open(broker, version);
  client.send(
    packets.connect({ version, clientId: "pipelined", userName: "anna", password: "secret" }),
    packets.pingreq(),
    packets.subscribe({ version, packetId: 1, filters: [{ filter: "a" }] }),
  );
  assert.equal((await client.next()).type, "connack");
  await client.next("pingresp");
  await client.next("suback");
});

statement("5.0", "MQTT-3.2.0-2", "a connection gets one CONNACK, whatever it does", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, version);
  client.send(packets.connect({ version, clientId: "one" }));
  await client.next("connack");
  await client.subscribe("one/a", { qos: 2 });
  await client.publishAcked("one/a", "x", { qos: 2 });
  await client.receive();
  await client.unsubscribe("one/a");
  await client.ping();
  client.send(packets.connect({ version, clientId: "one" }), packets.connect({ version, clientId: "other" }));
  const rest = await client.expectClosed();
  assert.ok(
    rest.every(({ type }) => type === "disconnect"),
    rest.map(({ type }) => type).join(),
  );
});
