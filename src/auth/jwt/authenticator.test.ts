import { generateKeyPair, exportJWK, type CryptoKey, type JWTPayload, SignJWT } from "jose";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { ManualClock, silentLogger } from "../../base/mod.ts";
import { AuthenticationCounters } from "../authentication-counters.ts";
import type { AuthenticationRequest, Verdict } from "../authenticator.ts";
import { publicKeyAlgorithms, secretAlgorithms } from "./algorithms.ts";
import { JwtAuthenticator, type JwtOptions } from "./authenticator.ts";
import { KeyFile } from "./key-file.ts";
import { SecretFile } from "./secret-file.ts";
import type { TokenKeys } from "./token-keys.ts";
import { temporaryFolder } from "../../../test/kit/temporary-folder.ts";

const secret = Buffer.from("0123456789abcdef0123456789abcdef");
const clock = new ManualClock();
const now = clock.wallTime() / 1000;
const claims = { sub: "ann", exp: now + 60, iss: "us" };
const counters = new AuthenticationCounters();
const folder = temporaryFolder("jwt");

const options: JwtOptions = {
  from: "password",
  algorithms: [],
  issuer: null,
  audience: null,
  userNameClaim: "sub",
  clientIdClaim: null,
  groupsClaim: "groups",
  aclClaim: "acl",
  limitsClaim: "limits",
  requireExpiry: true,
  toleranceSeconds: 0,
};

async function secretFile(content: Buffer | string = secret): Promise<TokenKeys> {
  const file = join(folder, "secret");
  writeFileSync(file, content);
  const keys = await SecretFile.open(file, { clock, logger: silentLogger });
  keys.close();
  return keys;
}

async function keyFile(...keys: readonly CryptoKey[]): Promise<TokenKeys> {
  const file = join(folder, "keys.json");
  writeFileSync(file, JSON.stringify({ keys: await Promise.all(keys.map((key) => exportJWK(key))) }));
  const read = await KeyFile.open(file, { clock, logger: silentLogger });
  read.close();
  return read;
}

function authenticator(keys: TokenKeys, more: Partial<JwtOptions> = {}): JwtAuthenticator {
  const services = { clock, counters, limits: { concurrentMax: 4, waitingMax: 4 } };
  return new JwtAuthenticator(keys, { ...options, ...more }, services);
}

function signed(payload: JWTPayload, key: CryptoKey | Uint8Array = secret, alg = "HS256"): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg }).sign(key);
}

function request(token: string, clientId = "c"): AuthenticationRequest {
  const peer = { address: "127.0.0.1", port: 1, proxy: null, tls: null, certificate: null, identity: null };
  return { clientId, userName: "somebody", password: Buffer.from(token), peer, listener: "mqtt" };
}

async function judge(token: string, more: Partial<JwtOptions> = {}, clientId = "c"): Promise<Verdict> {
  return authenticator(await secretFile(), more).authenticate(request(token, clientId));
}

/** In short: the name, or why it is refused. */
function inWords(verdict: Verdict): string {
  if (verdict.kind === "accepted") return String(verdict.userName);
  return verdict.kind === "refused" ? `refused: ${verdict.reason}` : "unknown";
}

test("a token gives name, groups, rules, limits and expiry", async () => {
  const acl = [{ effect: "deny", actions: ["subscribe"], topics: ["secret/#"] }];
  const token = await signed({ ...claims, groups: ["staff"], acl, limits: { subscriptions_max: 3 } });
  assert.deepEqual(await judge(token), {
    kind: "accepted",
    userName: "ann",
    groups: ["staff"],
    acl,
    limits: { subscriptionsMax: 3 },
    expiresAt: claims.exp * 1000,
  });
});

for (const alg of secretAlgorithms) {
  test(`a token signed with ${alg} is verified`, async () => {
    assert.equal(inWords(await judge(await signed(claims, secret, alg))), "ann");
  });
}

for (const alg of publicKeyAlgorithms) {
  test(`a token signed with ${alg} is verified, and one of another key refused`, async () => {
    const [ours, theirs] = [await generateKeyPair(alg), await generateKeyPair(alg)];
    const one = authenticator(await keyFile(ours.publicKey));
    const verdict = await one.authenticate(request(await signed(claims, ours.privateKey, alg)));
    assert.equal(inWords(verdict), "ann");
    const stranger = await one.authenticate(request(await signed(claims, theirs.privateKey, alg)));
    assert.match(inWords(stranger), /^refused: the token's signature is wrong/);
  });
}

test("of several keys without names the one that fits is found", async () => {
  const pairs = [await generateKeyPair("ES256"), await generateKeyPair("ES256")];
  const one = authenticator(await keyFile(...pairs.map(({ publicKey }) => publicKey)));
  for (const { privateKey } of pairs) {
    assert.equal(inWords(await one.authenticate(request(await signed(claims, privateKey, "ES256")))), "ann");
  }
});

test("a public key is never taken for a secret, nor a token without a signature for a token", async () => {
  const { publicKey } = await generateKeyPair("RS256");
  const one = authenticator(await keyFile(publicKey));
  const bytes = Buffer.from(JSON.stringify(await exportJWK(publicKey)));
  const forged = await one.authenticate(request(await signed(claims, bytes, "HS256")));
  assert.match(inWords(forged), /^refused: the token's algorithm is not allowed/);
  const header = Buffer.from('{"alg":"none"}').toString("base64url");
  const body = Buffer.from(JSON.stringify(claims)).toString("base64url");
  assert.equal(inWords(await one.authenticate(request(`${header}.${body}.`))), "unknown");
  assert.match(inWords(await one.authenticate(request(`${header}.${body}.AAAA`))), /^refused: /);
});

const refusals: readonly (readonly [what: string, payload: JWTPayload, more: Partial<JwtOptions>, reason: RegExp])[] = [
  ["that has expired", { ...claims, exp: now - 1 }, {}, /has expired/],
  ["that is not valid yet", { ...claims, nbf: now + 60 }, {}, /nbf/],
  ["without an expiry", { sub: "ann" }, {}, /exp is missing/],
  ["for another audience", { ...claims, aud: "them" }, { audience: "us" }, /aud/],
  ["without a name", { exp: claims.exp }, {}, /no name in sub/],
  ["whose name is a number", { ...claims, id: 7 }, { userNameClaim: "id" }, /no name in id/],
  ["for another client identifier", { ...claims, cid: "d" }, { clientIdClaim: "cid" }, /client identifier/],
  ["without a client identifier", claims, { clientIdClaim: "cid" }, /client identifier/],
  ["with rules that cannot be read", { ...claims, acl: ["all"] }, {}, /cannot be read/],
  ["of an algorithm that is not accepted", claims, { algorithms: ["HS512"] }, /algorithm is not allowed/],
];
for (const [what, payload, more, reason] of refusals) {
  test(`a token ${what} is refused`, async () => {
    assert.match(inWords(await judge(await signed(payload), more)), reason);
  });
}

test("a token that fits all that is asked of it is accepted", async () => {
  const token = await signed({ ...claims, aud: ["them", "us"], cid: "c", name: "bob" });
  const more = { issuer: "us", audience: "us", clientIdClaim: "cid", userNameClaim: "name" };
  assert.equal(inWords(await judge(token, more)), "bob");
});

test("a token without an expiry is accepted where that is allowed, and never expires", async () => {
  assert.deepEqual(await judge(await signed({ sub: "ann" }), { requireExpiry: false }), {
    kind: "accepted",
    userName: "ann",
  });
});

test("what is not a token, and a token of another issuer, is left to others", async () => {
  for (const text of ["password", "a.b.c", "", "{}", "a.b"]) assert.equal(inWords(await judge(text)), "unknown");
  assert.equal(inWords(await judge(await signed(claims), { issuer: "them" })), "unknown");
});

test("a token may be the user name", async () => {
  const token = await signed(claims);
  const one = authenticator(await secretFile(), { from: "user_name" });
  assert.equal(inWords(await one.authenticate({ ...request("x"), userName: token })), "ann");
  assert.equal(inWords(await one.authenticate(request(token))), "unknown");
});

test("a secret may end in a new line, and is refused if it can be guessed", async () => {
  const one = authenticator(await secretFile(`${secret.toString()}\n`));
  assert.equal(inWords(await one.authenticate(request(await signed(claims)))), "ann");
  await assert.rejects(secretFile("hunter2"), { code: "file_malformed", message: /7 bytes, expected at least 32$/ });
});

test("when too many tokens wait, further ones are refused as busy and counted", async () => {
  const never: TokenKeys = {
    algorithms: secretAlgorithms,
    verify: () => new Promise(() => {}),
    close() {},
  };
  const one = authenticator(never);
  const token = await signed(claims);
  const before = counters.busy;
  for (let index = 0; index < 8; index++) assert.ok(one.authenticate(request(token)) instanceof Promise);
  assert.match(inWords(await one.authenticate(request(token))), /^refused: too many/);
  assert.equal(counters.busy, before + 1);
});

test("a token is brought by OAUTHBEARER too, in the form of RFC 7628", async () => {
  const one = authenticator(await secretFile());
  const token = await signed(claims);
  const say = async (message: string): Promise<string> => {
    const step = await one.begin("OAUTHBEARER", request(""))?.take(Buffer.from(message));
    return step?.kind === "finished" ? inWords(step.verdict) : "no end";
  };
  assert.equal(await say(`n,,\u0001auth=Bearer ${token}\u0001\u0001`), "ann");
  assert.equal(await say(`n,a=ann,\u0001host=h\u0001port=1\u0001auth=Bearer ${token}\u0001\u0001`), "ann");
  assert.match(await say(`n,a=bob,\u0001auth=Bearer ${token}\u0001\u0001`), /authorization identity/);
  for (const bad of [
    "",
    token,
    `n,,\u0001auth=Bearer ${token}`,
    "n,,\u0001auth=Basic x\u0001\u0001",
    "n,,\u0001\u0001",
  ]) {
    assert.match(await say(bad), /^refused: OAUTHBEARER/);
  }
  assert.equal(one.begin("PLAIN", request("")), null);
});
