import assert from "node:assert/strict";
import { fence, onlyAkasa, packets, prop, property, RawClient, startTestBroker } from "../kit/mod.ts";
import { originalHashes, passwordFile, passwordLine } from "./password-file.ts";
import { versionNames, versions } from "./protocol-versions.ts";
import { scenario } from "./scenario.ts";

for (const version of versions) {
  const name = versionNames[version];

  scenario(`garbage instead of CONNECT ends the connection without an answer (${name})`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.open(broker, version);
    client.send(Buffer.from("abcdefxyzxyz123123"));
    assert.deepEqual(await client.expectClosed(), []);
  });

  scenario(`SUBSCRIBE before CONNECT ends the connection without an answer (${name})`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.open(broker, version);
    client.send(packets.subscribe({ version, packetId: 23, filters: [{ filter: "abc/0" }] }));
    assert.deepEqual(await client.expectClosed(), []);
  });

  scenario(`PUBLISH before CONNECT ends the connection without an answer and is not kept (${name})`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.open(broker, version);
    client.send(packets.publish({ version, topic: "xyz/1", payload: "x", retain: true }));
    assert.deepEqual(await client.expectClosed(), []);
    const reader = await RawClient.connected(broker, version);
    await reader.subscribe("xyz/1");
    await reader.expectNothing();
  });

  scenario(`a client may ask for any keep alive, also for none (${name})`, async () => {
    await using broker = await startTestBroker();
    for (const keepAlive of [0, 22, 65_535]) {
      const client = await RawClient.connected(broker, version, { keepAlive });
      await client.ping();
    }
  });

  scenario(`a client may bring a will (${name})`, async () => {
    await using broker = await startTestBroker();
    const will = { topic: "topic/1", payload: "gone", qos: 1 };
    await (await RawClient.connected(broker, version, { will })).ping();
  });

  scenario(`a will on a topic that begins with $ is taken and published (${name})`, async () => {
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, version);
    await watcher.subscribe("$topic/1", { qos: 1 });
    const client = await RawClient.connected(broker, version, { will: { topic: "$topic/1", payload: "gone", qos: 1 } });
    await client.cut();
    assert.equal((await watcher.receive()).payload.toString(), "gone");
  });

  scenario(`everyone may connect where no password is asked for, with a password or without (${name})`, async () => {
    await using broker = await startTestBroker();
    await (await RawClient.connected(broker, version)).ping();
    await (await RawClient.connected(broker, version, { userName: "username", password: "password" })).ping();
  });

  const refusal = version === 5 ? 0x86 : 4;
  for (const [who, credentials] of [
    ["no user name", {}],
    ["an unknown user name", { userName: "xxx", password: "yyy" }],
    ["a wrong password", { userName: "user", password: "yyy" }],
    ["an empty password", { userName: "user", password: "" }],
  ] as const) {
    scenario(`where passwords are asked for, ${who} is refused as such (${name})`, async () => {
      await using users = await passwordFile(passwordLine("user", "pass", "sha256"));
      await using broker = await startTestBroker(users.overrides);
      const client = await RawClient.open(broker, version);
      const { reasonCode } = await client.connect(credentials);
      // Who says nothing at all may also be told that it is not authorised.
      const codes = Object.keys(credentials).length > 0 ? [refusal] : [refusal, version === 5 ? 0x87 : 5];
      assert.ok(codes.includes(reasonCode), `code 0x${reasonCode.toString(16)}`);
      assert.deepEqual(await client.expectClosed(), []);
    });
  }

  for (const hash of originalHashes) {
    scenario(`a user with the right password is let in, stored as ${hash} (${name})`, async () => {
      await using users = await passwordFile(passwordLine("user", "pass", hash));
      await using broker = await startTestBroker(users.overrides);
      await (await RawClient.connected(broker, version, { userName: "user", password: "pass" })).ping();
    });
  }
}

scenario("a 3.1 client is let in with a client identifier", async () => {
  await using broker = await startTestBroker();
  await (await RawClient.connected(broker, 3, { clientId: "client_anonymous" })).ping();
});

scenario("a 3.1 client without a client identifier is refused as such", async () => {
  onlyAkasa("mosquitto lets it in");
  await using broker = await startTestBroker();
  for (const cleanStart of [true, false]) {
    const client = await RawClient.open(broker, 3);
    assert.equal((await client.connect({ clientId: "", cleanStart })).reasonCode, 2);
    await client.expectClosed();
  }
});

scenario("a 3.1 client identifier of 24 characters is accepted unless the length is checked", async () => {
  const clientId = "a".repeat(24);
  await using lenient = await startTestBroker();
  await (await RawClient.connected(lenient, 3, { clientId })).ping();
  await using strict = await startTestBroker({ check_v310_client_id_length: true });
  const client = await RawClient.open(strict, 3);
  assert.equal((await client.connect({ clientId })).reasonCode, 2);
  await client.expectClosed();
  await (await RawClient.connected(strict, 3, { clientId: "a".repeat(23) })).ping();
  await (await RawClient.connected(strict, 4, { clientId })).ping();
});

scenario("a 3.1.1 client without a client identifier is let in for a clean session only", async () => {
  await using broker = await startTestBroker();
  await (await RawClient.connected(broker, 4, { clientId: "" })).ping();
  const client = await RawClient.open(broker, 4);
  assert.equal((await client.connect({ clientId: "", cleanStart: false })).reasonCode, 2);
  assert.deepEqual(await client.expectClosed(), []);
});

scenario("a 5.0 client without a client identifier is let in and told the one it got", async () => {
  await using broker = await startTestBroker();
  const ids = new Set<unknown>();
  for (const cleanStart of [true, false]) {
    const client = await RawClient.open(broker, 5);
    const connack = await client.connect({ clientId: "", cleanStart });
    assert.equal(connack.reasonCode, 0);
    ids.add(property(connack, prop.assignedClientIdentifier));
  }
  assert.equal(ids.size, 2, "two clients got the same identifier");
  assert.ok(!ids.has(undefined) && !ids.has(""));
});

scenario("authentication data without a method is refused as a protocol error", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, 5);
  const refused = await client.connect({ properties: [[prop.authenticationData, Buffer.from("xxxx/invalid/")]] });
  assert.equal(refused.reasonCode, 0x82);
  assert.match(String(property(refused, prop.reasonString)), /without Authentication Method/);
  assert.deepEqual(await client.expectClosed(), []);
});

scenario("a keep alive of none is never enforced", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const clients = await Promise.all(versions.map((version) => RawClient.connected(broker, version, { keepAlive: 0 })));
  await broker.advance(7 * 24 * 3600 * 1000);
  for (const client of clients) await client.ping();
});

scenario(
  "a silent client is given up after one and a half times its keep alive, and one that pings is not",
  async () => {
    await using broker = await startTestBroker({}, { manualClock: true });
    const clients = await Promise.all(
      versions.map((version) => RawClient.connected(broker, version, { keepAlive: 22 })),
    );
    const lively = await RawClient.connected(broker, 4, { keepAlive: 22 });
    await broker.advance(30_000);
    await lively.ping();
    for (const client of clients) client.drain();
    await broker.advance(4_000);
    for (const client of clients) await client.expectDisconnect(0x8d);
    await lively.ping();
    const publisher = await RawClient.connected(broker, 4);
    await fence(publisher, lively);
  },
);
