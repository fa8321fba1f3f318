import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import assert from "node:assert/strict";
import { test } from "node:test";

import { type Reply, startHttpServer } from "../../../test/kit/http-server.ts";
import { type Logger, ManualClock, silentLogger } from "../../base/mod.ts";
import { KeyUrl } from "./key-url.ts";

const pairs = { one: await generateKeyPair("ES256"), two: await generateKeyPair("ES256") };
type Kid = keyof typeof pairs;

async function setOf(...kids: readonly Kid[]): Promise<Reply> {
  const keys = kids.map(async (kid) => ({ ...(await exportJWK(pairs[kid].publicKey)), kid }));
  return { body: JSON.stringify({ keys: await Promise.all(keys) }) };
}

async function tokenBy(kid: Kid, key: CryptoKey = pairs[kid].privateKey): Promise<string> {
  return new SignJWT({ sub: "ann" }).setProtectedHeader({ alg: "ES256", kid }).sign(key);
}

interface Setup {
  readonly keys: KeyUrl;
  readonly clock: ManualClock;
  readonly errors: string[];
}

async function open(url: string, cacheSeconds = 600): Promise<Setup> {
  const clock = new ManualClock();
  const errors: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    error: (message, fields) => void errors.push(`${message} ${JSON.stringify(fields)}`),
  };
  return { keys: await KeyUrl.open({ url, cacheSeconds }, { clock, logger }), clock, errors };
}

const isAnn = { sub: "ann" };

test("tokens are verified with keys that were fetched once", async () => {
  await using server = await startHttpServer(() => setOf("one"));
  const { keys } = await open(server.url);
  for (let round = 0; round < 3; round++) assert.deepEqual(await keys.verify(await tokenBy("one"), {}), isAnn);
  assert.equal(server.requests.length, 1);
  keys.close();
});

test("a token of a new key has the keys fetched, but not for every stranger's token", async () => {
  let current: readonly Kid[] = ["one"];
  await using server = await startHttpServer(() => setOf(...current));
  const { keys, clock } = await open(server.url);
  const token = await tokenBy("two");
  await assert.rejects(keys.verify(token, {}));
  assert.equal(server.requests.length, 1, "fetched again although it was fetched a moment ago");
  current = ["one", "two"];
  clock.advance(30_000);
  assert.deepEqual(await keys.verify(token, {}), isAnn);
  assert.equal(server.requests.length, 2);
  keys.close();
});

test("keys are fetched again when their time is over, and one that is gone verifies no more", async () => {
  let current: readonly Kid[] = ["one"];
  const fetched = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using server = await startHttpServer(() => {
    fetched[server.requests.length - 1]?.resolve();
    return setOf(...current);
  });
  const { keys, clock } = await open(server.url);
  current = ["two"];
  clock.advance(600_000);
  await fetched[1]?.promise;
  await keys.reload();
  await assert.rejects(keys.verify(await tokenBy("one"), {}), { code: "ERR_JWKS_NO_MATCHING_KEY" });
  keys.close();
});

const failures: readonly (readonly [what: string, reply: Reply])[] = [
  ["an error", { status: 500, body: "hunter2" }],
  ["nonsense", { body: "hunter2" }],
  ["more than a megabyte", { body: "x".repeat(1024 * 1024 + 1) }],
];
for (const [what, reply] of failures) {
  test(`keys from before stay while the URL gives ${what}, which is logged once`, async () => {
    let failing = false;
    await using server = await startHttpServer(() => (failing ? reply : setOf("one")));
    const { keys, errors } = await open(server.url);
    failing = true;
    await keys.reload();
    await keys.reload();
    assert.deepEqual(await keys.verify(await tokenBy("one"), {}), isAnn);
    assert.equal(errors.length, 1);
    assert.doesNotMatch(errors[0] ?? "", /hunter2/);
    keys.close();
  });
}

test("a URL that does not answer is given up in time, and tokens are refused until it does", async () => {
  let answers = false;
  const asked = Promise.withResolvers<void>();
  await using server = await startHttpServer(() => {
    asked.resolve();
    return answers ? setOf("one") : null;
  });
  const clock = new ManualClock();
  const opening = KeyUrl.open({ url: server.url, cacheSeconds: 600 }, { clock, logger: silentLogger });
  await asked.promise;
  clock.advance(5000);
  const keys = await opening;
  await assert.rejects(keys.verify(await tokenBy("one"), {}));
  answers = true;
  await keys.reload();
  assert.deepEqual(await keys.verify(await tokenBy("one"), {}), isAnn);
  keys.close();
});
