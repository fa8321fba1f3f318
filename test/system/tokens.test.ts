import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import {
  type ConfigOverrides,
  packets,
  prop,
  property,
  type Property,
  RawClient,
  shardsUnderTest,
  startTestBroker,
  type TestBroker,
  type Version,
} from "../kit/mod.ts";
import { startHttpServer } from "../kit/http-server.ts";
import { startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";
import { secretFile } from "./secret-file.ts";
import { versions } from "./protocol-versions.ts";

/** Seconds since 1970 at which the stopped clock of a test broker begins. */
const epoch = 1_700_000_000;

function withSecret(path: string): ConfigOverrides {
  return {
    auth: { enable: true },
    authenticators: [{ jwt: { secret_file: path, tolerance_seconds: 0, client_id_claim: "cid" } }],
  };
}

function claims(seconds: number, more: object = {}): object {
  return { sub: "ann", cid: "c", exp: epoch + seconds, ...more };
}

/** What the client of OAUTHBEARER says (RFC 7628 section 3.1). */
function bearer(token: string): Property[] {
  return [
    [prop.authenticationMethod, "OAUTHBEARER"],
    [prop.authenticationData, Buffer.from(`n,,\u0001auth=Bearer ${token}\u0001\u0001`)],
  ];
}

/** A client whose token is its password, and holds for `seconds`. */
async function connected(broker: TestBroker, version: Version, token: string, clientId = "c"): Promise<RawClient> {
  const client = await RawClient.open(broker, version);
  assert.equal((await client.connect({ clientId, userName: "x", password: token })).reasonCode, 0);
  return client;
}

for (const version of versions) {
  scenario(`a ${version} client with a token is let in, and disconnected when the token has expired`, async () => {
    await using secret = await secretFile();
    await using broker = await startTestBroker(withSecret(secret.path), { manualClock: true });
    const client = await connected(broker, version, secret.token(claims(60)));
    await broker.advance(59_900);
    await client.ping();
    await broker.advance(300);
    await client.expectDisconnect(0xa0);
    const late = await RawClient.open(broker, version);
    const { reasonCode } = await late.connect({ clientId: "c", userName: "x", password: secret.token(claims(60)) });
    assert.equal(reasonCode, version === 5 ? 0x86 : 4);
  });
}

scenario("a token of another client, or with a wrong signature, is refused", async () => {
  await using secret = await secretFile();
  await using other = await secretFile("another-secret-of-thirty-two-chars");
  await using broker = await startTestBroker(withSecret(secret.path), { manualClock: true });
  for (const [clientId, token] of [
    ["d", secret.token(claims(60))],
    ["c", other.token(claims(60))],
    ["c", `${secret.token(claims(60))}x`],
    ["c", "no token"],
  ] as const) {
    const client = await RawClient.open(broker, 5);
    assert.equal((await client.connect({ clientId, userName: "ann", password: token })).reasonCode, 0x86);
  }
});

scenario("a client that brings a new token in time stays, by OAUTHBEARER", async () => {
  await using secret = await secretFile();
  await using broker = await startTestBroker(withSecret(secret.path), { manualClock: true });
  const client = await RawClient.open(broker, 5);
  client.send(packets.connect({ version: 5, clientId: "c", properties: bearer(secret.token(claims(60))) }));
  assert.equal((await client.next("connack")).reasonCode, 0);
  await broker.advance(50_000);
  client.send(packets.auth({ reasonCode: 0x19, properties: bearer(secret.token(claims(120))) }));
  assert.equal((await client.next("auth")).reasonCode, 0);
  await broker.advance(60_000);
  await client.ping();
  await broker.advance(11_000);
  await client.expectDisconnect(0xa0);
});

scenario("a new token that does not hold, or is somebody else's, ends the connection", async () => {
  await using secret = await secretFile();
  await using broker = await startTestBroker(withSecret(secret.path), { manualClock: true });
  for (const bad of [claims(-1), claims(60, { sub: "bob" }), claims(60, { cid: "d" })]) {
    const client = await RawClient.open(broker, 5);
    client.send(packets.connect({ version: 5, clientId: "c", properties: bearer(secret.token(claims(60))) }));
    assert.equal((await client.next("connack")).reasonCode, 0);
    client.send(packets.auth({ reasonCode: 0x19, properties: bearer(secret.token(bad)) }));
    await client.expectDisconnect(0x87);
  }
});

scenario("a client that left before its token expired is not disconnected afterwards, and counts once", async () => {
  await using secret = await secretFile();
  await using broker = await startTestBroker(withSecret(secret.path), { manualClock: true });
  const first = await connected(broker, 5, secret.token(claims(10)));
  const second = await connected(broker, 5, secret.token(claims(100)));
  await first.expectDisconnect(0x8e);
  await broker.advance(20_000);
  await second.ping();
});

scenario("tokens signed with a key that a URL publishes are let in, also after the key was changed", async () => {
  const keys = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")];
  let current = 0;
  await using server = await startHttpServer(() => {
    const published = keys.slice(0, current + 1).map(({ publicKey }, kid) => {
      return { ...publicKey.export({ format: "jwk" }), kid: String(kid), alg: "EdDSA" };
    });
    return { body: JSON.stringify({ keys: published }) };
  });
  const tokenOf = (kid: number): string => {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const content = `${encode({ alg: "EdDSA", kid: String(kid) })}.${encode({ sub: "ann", exp: epoch + 3600 })}`;
    const { privateKey } = keys[kid] as (typeof keys)[number];
    return `${content}.${sign(null, Buffer.from(content), privateKey).toString("base64url")}`;
  };
  const config = { auth: { enable: true }, authenticators: [{ jwt: { keys_url: server.url } }] };
  await using broker = await startTestBroker(config, { manualClock: true });
  await connected(broker, 5, tokenOf(0));
  current = 1;
  await broker.advance(31_000);
  await connected(broker, 4, tokenOf(1), "d");
  // Each shard reads the keys by itself; the one that is shown an unknown key reads them again.
  assert.equal(server.requests.length, shardsUnderTest() + 1);
});

scenario("an HTTP server decides who may connect; what it is not asked about stays secret", async () => {
  await using server = await startHttpServer(({ body }) => {
    const { password } = JSON.parse(body) as { password: string };
    return { body: JSON.stringify({ result: password === "s3cret" ? "allow" : "deny" }) };
  });
  await using broker = await startRunningBroker({
    auth: { enable: true },
    authenticators: [{ http: { url: server.url } }],
    log_level: "debug",
  });
  for (const version of versions) {
    for (const [password, code] of [
      ["s3cret", 0],
      ["wr0ng", version === 5 ? 0x86 : 4],
    ] as const) {
      const client = await RawClient.open(broker, version);
      assert.equal((await client.connect({ clientId: "c", userName: "ann", password })).reasonCode, code);
    }
  }
  // One answer each is remembered for all versions, by each shard that was asked.
  const asked = server.requests.length;
  assert.ok(asked >= 2 && asked <= 2 * shardsUnderTest(), `${asked} questions`);
  assert.equal((await broker.broker.read()).authentication.callOutCached, versions.length * 2 - asked);
  assert.doesNotMatch(JSON.stringify(await broker.logged()), /s3cret|wr0ng/);
});

scenario("a token, or an HTTP server, gives one client limits and rules of its own, and no other", async () => {
  await using secret = await secretFile();
  const grants = {
    limits: { packet_size_max: 1000, inflight_max: 3, topic_levels_max: 2, subscriptions_max: 1 },
    acl: [{ effect: "allow", actions: ["publish", "subscribe"], topics: ["own/#"] }],
  };
  await using server = await startHttpServer(() => ({ body: JSON.stringify({ result: "allow", ...grants }) }));
  await using broker = await startTestBroker(
    {
      auth: { enable: true },
      acl: { default: "deny" },
      authenticators: [{ jwt: { secret_file: secret.path } }, { http: { url: server.url } }],
      max_packet_size_server: 5000,
      max_inflight_server: 7,
    },
    { manualClock: true },
  );
  for (const [password, expected] of [
    [secret.token(claims(60, grants)), [1000, 3]],
    ["what the server is asked about", [1000, 3]],
    [secret.token(claims(60)), [5000, 7]],
  ] as const) {
    const client = await RawClient.open(broker, 5);
    const connack = await client.connect({ userName: "ann", password });
    assert.deepEqual([property(connack, prop.maximumPacketSize), property(connack, prop.receiveMaximum)], expected);
    const granted = expected[0] === 1000;
    assert.deepEqual((await client.subscribe("own/a")).reasonCodes, [granted ? 0 : 0x87]);
    assert.deepEqual((await client.subscribe("others/a")).reasonCodes, [0x87]);
    if (!granted) continue;
    assert.deepEqual((await client.subscribe("own/b")).reasonCodes, [0x97]);
    client.publish("own/a/b", "x");
    await client.expectDisconnect(0x90);
  }
});

scenario("while the HTTP server hangs others are served, and its clients are refused in time", async () => {
  const asked = Promise.withResolvers<void>();
  await using server = await startHttpServer(() => {
    asked.resolve();
    return null;
  });
  await using secret = await secretFile();
  await using broker = await startTestBroker(
    {
      auth: { enable: true },
      authenticators: [
        { jwt: { secret_file: secret.path } },
        { http: { url: server.url, timeout_milliseconds: 2000 } },
      ],
    },
    { manualClock: true },
  );
  const waiting = await RawClient.open(broker, 5);
  waiting.send(packets.connect({ version: 5, clientId: "w", userName: "ann", password: "x" }));
  await asked.promise;
  const other = await connected(broker, 5, secret.token(claims(60)));
  await other.subscribe("a");
  await other.publishAcked("a", "x");
  await other.receive();
  assert.deepEqual(waiting.drain(), []);
  await broker.advance(2000);
  assert.equal((await waiting.next("connack")).reasonCode, 0x88);
});
