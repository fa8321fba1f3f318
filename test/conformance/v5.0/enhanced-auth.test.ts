import assert from "node:assert/strict";
import {
  connectByScram,
  dataOf,
  packets,
  prop,
  property,
  proveAgain,
  RawClient,
  ScramDialogue,
  startTestBroker,
  statement,
  type Target,
  trap,
} from "../../kit/mod.ts";
import { scramUsers } from "./scram-users.ts";

const login = { mechanism: "SCRAM-SHA-256", userName: "ann", password: "secret" } as const;
const users = scramUsers({ ann: "secret", bob: "other" });

/** A client that has sent its first message and holds the broker's challenge. */
async function challenged(target: Target): Promise<{ client: RawClient; dialogue: ScramDialogue; final: Buffer }> {
  const client = await RawClient.open(target, 5);
  const dialogue = new ScramDialogue(login);
  client.send(packets.connect({ version: 5, clientId: "c", properties: dialogue.properties(dialogue.first()) }));
  const challenge = await client.next("auth");
  assert.equal(challenge.reasonCode, 0x18);
  return { client, dialogue, final: dialogue.final(dataOf(challenge)) };
}

/** The broker ends a connection that was never accepted: a CONNACK that refuses at most, and no DISCONNECT. */
async function expectNotAccepted(client: RawClient, ...codes: readonly number[]): Promise<void> {
  const [connack, ...others] = await client.expectClosed();
  assert.deepEqual(others, []);
  assert.ok(connack?.type === "connack", "no CONNACK says why");
  assert.ok(codes.includes(connack.reasonCode), `CONNACK 0x${connack.reasonCode.toString(16)}`);
}

statement(
  "5.0",
  ["MQTT-4.12.0-2", "MQTT-4.12.0-5"],
  "a client proves itself by AUTH packets of its method",
  async () => {
    await using broker = await startTestBroker(users);
    const { client, dialogue, final } = await challenged(broker);
    client.send(packets.auth({ reasonCode: 0x18, properties: dialogue.properties(final) }));
    const connack = await client.next("connack");
    assert.equal(connack.reasonCode, 0);
    assert.equal(property(connack, prop.authenticationMethod), "SCRAM-SHA-256");
    dialogue.expectServerProof(connack);
    await client.subscribe("a", { qos: 1 });
    await client.publishAcked("a", "x");
    assert.equal((await client.receive()).payload.toString(), "x");
  },
);

for (const reasonCode of [0x00, 0x19]) {
  const code = `0x${reasonCode.toString(16).padStart(2, "0")}`;
  statement("5.0", "MQTT-4.12.0-3", `an answer to the challenge with code ${code} is not one`, async () => {
    await using broker = await startTestBroker(users);
    const { client, dialogue, final } = await challenged(broker);
    client.send(packets.auth({ reasonCode, properties: dialogue.properties(final) }));
    await expectNotAccepted(client, 0x82);
  });
}

statement("5.0", "MQTT-4.12.0-4", "a wrong proof, and an unknown user, are refused by CONNACK", async () => {
  await using broker = await startTestBroker(users);
  for (const wrong of [
    { ...login, password: "Secret" },
    { ...login, userName: "bob" },
    { ...login, userName: "nobody" },
  ]) {
    const client = await RawClient.open(broker, 5);
    const connack = await connectByScram(client, wrong);
    assert.equal(connack.reasonCode, 0x86);
    assert.deepEqual(await client.expectClosed(), []);
  }
});

statement("5.0", "MQTT-4.12.0-5", "an answer by another method than that of CONNECT is refused", async () => {
  await using broker = await startTestBroker(users);
  const { client, final } = await challenged(broker);
  const other = new ScramDialogue({ ...login, mechanism: "SCRAM-SHA-512" });
  client.send(packets.auth({ reasonCode: 0x18, properties: other.properties(final) }));
  await expectNotAccepted(client, 0x82, 0x8c);
});

statement("5.0", "MQTT-4.12.1-1", "a client proves itself again by the same method, while messages flow", async () => {
  await using broker = await startTestBroker(users);
  const client = await RawClient.open(broker, 5);
  await connectByScram(client, login);
  await client.subscribe("a", { qos: 0 });
  for (let round = 0; round < 3; round++) {
    const answer = await proveAgain(client, login);
    assert.ok(answer.type === "auth" && answer.reasonCode === 0x00);
    assert.equal(property(answer, prop.authenticationMethod), "SCRAM-SHA-256");
  }
  const dialogue = new ScramDialogue(login);
  client.send(
    packets.auth({ reasonCode: 0x19, properties: dialogue.properties(dialogue.first()) }),
    packets.publish({ version: 5, topic: "a", payload: "meanwhile" }),
  );
  const challenge = await client.next("auth");
  assert.equal((await client.next("publish")).payload.toString(), "meanwhile");
  const answer = dialogue.final(dataOf(challenge));
  client.send(packets.auth({ reasonCode: 0x18, properties: dialogue.properties(answer) }));
  assert.equal((await client.next("auth")).reasonCode, 0x00);
  await client.expectNothing();
});

statement("5.0", "MQTT-4.12.1-1", "a client that wants to prove itself by another method is disconnected", async () => {
  await using broker = await startTestBroker({ ...users, sasl_mechanisms: ["SCRAM-SHA-256", "SCRAM-SHA-512"] });
  const client = await RawClient.open(broker, 5);
  await connectByScram(client, login);
  const other = new ScramDialogue({ ...login, mechanism: "SCRAM-SHA-512" });
  client.send(packets.auth({ reasonCode: 0x19, properties: other.properties(other.first()) }));
  await client.expectDisconnect(0x82, 0x8c);
});

statement("5.0", "MQTT-4.12.1-2", "a client that fails to prove itself again is disconnected", async () => {
  await using broker = await startTestBroker(users);
  const client = await RawClient.open(broker, 5);
  await connectByScram(client, login);
  const answer = await proveAgain(client, { ...login, password: "wrong" });
  assert.ok(answer.type === "disconnect" && answer.reasonCode === 0x87);
  assert.deepEqual(await client.expectClosed(), []);
});

statement("5.0", "MQTT-4.12.1-2", "a client that proves to be another user is disconnected", async () => {
  await using broker = await startTestBroker(users);
  const client = await RawClient.open(broker, 5);
  await connectByScram(client, login);
  const answer = await proveAgain(client, { ...login, userName: "bob", password: "other" });
  assert.ok(answer.type === "disconnect" && answer.reasonCode === 0x87);
});

statement("5.0", ["MQTT-3.15.2-2", "MQTT-3.15.2-3"], "no AUTH is larger than the client's maximum", async () => {
  await using broker = await startTestBroker(users);
  const client = await RawClient.open(broker, 5);
  const connack = await connectByScram(client, login, { properties: [[prop.maximumPacketSize, 120]] });
  // The challenge fits without a Reason String and without User Properties, so it was sent.
  assert.equal(connack.reasonCode, 0);
  const small = await RawClient.open(broker, 5);
  const dialogue = new ScramDialogue(login);
  const properties = [...dialogue.properties(dialogue.first()), [prop.maximumPacketSize, 40] as const];
  small.send(packets.connect({ version: 5, clientId: "small", properties }));
  for (const packet of await small.expectClosed()) assert.ok(packet.type !== "auth" && packet.raw.length <= 40);
});

trap("other packets than AUTH and DISCONNECT before CONNACK end an authentication", async () => {
  await using broker = await startTestBroker(users);
  for (const packet of [
    packets.pingreq(),
    packets.publish({ version: 5, topic: "a", payload: "x" }),
    packets.connect({ version: 5, clientId: "c" }),
  ]) {
    const { client } = await challenged(broker);
    client.send(packet);
    await expectNotAccepted(client, 0x82);
  }
  const { client } = await challenged(broker);
  client.send(packets.disconnect({ reasonCode: 0 }));
  assert.deepEqual(await client.expectClosed(), []);
});

trap("a client that never answers the challenge is closed when the time for its CONNECT is over", async () => {
  await using broker = await startTestBroker({ ...users, connect_timeout_seconds: 5 }, { manualClock: true });
  const { client } = await challenged(broker);
  await broker.advance(5100);
  assert.deepEqual(await client.expectClosed(), []);
});

trap("AUTH that continues an exchange which is not going on is an error", async () => {
  await using broker = await startTestBroker(users);
  const client = await RawClient.open(broker, 5);
  await connectByScram(client, login);
  const dialogue = new ScramDialogue(login);
  client.send(packets.auth({ reasonCode: 0x18, properties: dialogue.properties(dialogue.first()) }));
  await client.expectDisconnect(0x82);
});
