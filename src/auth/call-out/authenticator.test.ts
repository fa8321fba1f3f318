import assert from "node:assert/strict";
import { test } from "node:test";

import { type Reply, type ServedRequest, startHttpServer } from "../../../test/kit/http-server.ts";
import { type Logger, ManualClock, silentLogger } from "../../base/mod.ts";
import { AuthenticationCounters } from "../authentication-counters.ts";
import type { AuthenticationRequest, Verdict } from "../authenticator.ts";
import { CallOutAuthenticator, type CallOutOptions } from "./authenticator.ts";

const request: AuthenticationRequest = {
  clientId: "c",
  userName: "ann",
  password: Buffer.from("hunter2"),
  peer: { address: "192.0.2.7", port: 1, proxy: null, tls: null, certificate: null, identity: null },
  listener: "mqtt",
};

interface Setup {
  readonly authenticator: CallOutAuthenticator;
  readonly clock: ManualClock;
  readonly counters: AuthenticationCounters;
  readonly log: string[];
}

function setUp(url: string, more: Partial<CallOutOptions> = {}, limits = { concurrentMax: 4, waitingMax: 4 }): Setup {
  const clock = new ManualClock();
  const counters = new AuthenticationCounters();
  const log: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    error: (message, fields) => void log.push(`${message} ${JSON.stringify(fields)}`),
  };
  const cache = { seconds: 60, entriesMax: 100 };
  const options: CallOutOptions = { url, timeoutMilliseconds: 3000, onFailure: "refuse", cache, ...more };
  const authenticator = new CallOutAuthenticator(options, { clock, logger, limits, counters, bearer: null });
  return { authenticator, clock, counters, log };
}

function json(value: unknown, status = 200): Reply {
  return { status, body: JSON.stringify(value) };
}

function inWords(verdict: Verdict): string {
  if (verdict.kind === "accepted") return `accepted ${verdict.userName}`;
  return verdict.kind === "refused" ? `refused 0x${verdict.reasonCode.toString(16)}` : "unknown";
}

test("the server is told what the client says, and decides", async () => {
  let answer: unknown = { result: "allow" };
  await using server = await startHttpServer(() => json(answer));
  const { authenticator } = setUp(server.url, { cache: { seconds: 0, entriesMax: 0 } });
  assert.equal(inWords(await authenticator.authenticate(request)), "accepted ann");
  assert.deepEqual(JSON.parse(server.requests[0]?.body ?? ""), {
    client_id: "c",
    user_name: "ann",
    password: "hunter2",
    address: "192.0.2.7",
    listener: "mqtt",
    certificate: null,
  });
  assert.equal(server.requests[0]?.method, "POST");
  answer = { result: "deny" };
  assert.equal(inWords(await authenticator.authenticate(request)), "refused 0x86");
  answer = { result: "ignore" };
  assert.equal(inWords(await authenticator.authenticate(request)), "unknown");
});

test("the server can give another name, groups, rules, limits and an expiry", async () => {
  const acl = [{ effect: "allow", actions: ["publish"], topics: ["a"] }];
  const answer = { result: "allow", user_name: "Ann", groups: ["g"], acl, limits: { inflight_max: 3 } };
  await using server = await startHttpServer(() => json({ ...answer, expires_in_seconds: 60 }));
  const { authenticator, clock } = setUp(server.url);
  assert.deepEqual(await authenticator.authenticate(request), {
    kind: "accepted",
    userName: "Ann",
    groups: ["g"],
    acl,
    limits: { inflightMax: 3 },
    expiresAt: clock.wallTime() + 60_000,
  });
});

test("a password that is not text is told as base64", async () => {
  await using server = await startHttpServer(() => json({ result: "allow" }));
  const { authenticator } = setUp(server.url);
  await authenticator.authenticate({ ...request, password: Buffer.from([0xff, 0xfe]) });
  await authenticator.authenticate({ ...request, password: null });
  const bodies = server.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  assert.equal(bodies[0]?.["password_base64"], "//4=");
  assert.equal(bodies[1]?.["password"], null);
});

test("an answer is remembered for its time, for the same client, password and address only", async () => {
  await using server = await startHttpServer(() => json({ result: "allow" }));
  const { authenticator, clock, counters } = setUp(server.url);
  await authenticator.authenticate(request);
  assert.equal(inWords(await authenticator.authenticate({ ...request })), "accepted ann");
  assert.equal(server.requests.length, 1);
  assert.equal(counters.callOutCached, 1);
  for (const other of [
    { password: Buffer.from("hunter3") },
    { password: Buffer.alloc(0) },
    { password: null },
    { userName: "bob" },
    { clientId: "d" },
    { listener: "wss" },
    { peer: { ...request.peer, address: "192.0.2.8" } },
  ]) {
    const before: number = server.requests.length;
    await authenticator.authenticate({ ...request, ...other });
    assert.equal(server.requests.length, before + 1, JSON.stringify(other));
  }
  clock.advance(60_000);
  const before = server.requests.length;
  await authenticator.authenticate(request);
  assert.equal(server.requests.length, before + 1);
});

test("the memory is bounded: the oldest answer makes room", async () => {
  await using server = await startHttpServer(() => json({ result: "deny" }));
  const { authenticator } = setUp(server.url, { cache: { seconds: 60, entriesMax: 2 } });
  for (const clientId of ["1", "2", "3", "3", "2", "1"]) await authenticator.authenticate({ ...request, clientId });
  assert.equal(server.requests.length, 4);
});

test("an answer whose proof is over is not used again", async () => {
  await using server = await startHttpServer(() => json({ result: "allow", expires_in_seconds: 10 }));
  const { authenticator, clock } = setUp(server.url);
  await authenticator.authenticate(request);
  clock.advance(10_000);
  await authenticator.authenticate(request);
  assert.equal(server.requests.length, 2);
});

const failures: readonly (readonly [what: string, reply: (request: ServedRequest) => Reply])[] = [
  ["an error", () => json({ result: "allow" }, 500)],
  ["a redirection", () => json({ result: "allow" }, 302)],
  ["no JSON", () => ({ body: "hunter2" })],
  ["no result", () => json({ allow: true })],
  ["rules that cannot be read", () => json({ result: "allow", acl: ["all"] })],
  ["a name that is no text", () => json({ result: "allow", user_name: 7 })],
  ["more than it may", () => json({ result: "allow", more: "x".repeat(65_536) })],
];
for (const [what, reply] of failures) {
  test(`an answer with ${what} fails as configured, is counted, logged once and not remembered`, async () => {
    await using server = await startHttpServer(reply);
    for (const [onFailure, expected] of [
      ["refuse", "refused 0x88"],
      ["next", "unknown"],
      ["allow", "accepted null"],
    ] as const) {
      const { authenticator, counters, log } = setUp(server.url, { onFailure });
      for (let round = 0; round < 2; round++) {
        assert.equal(inWords(await authenticator.authenticate(request)), expected);
      }
      assert.equal(counters.callOutFailures, 2);
      assert.equal(log.length, 1);
      assert.doesNotMatch(log.join(), /hunter2/);
    }
  });
}

test("a server that does not answer in time, or is not there, is a failure too", async () => {
  const asked = Promise.withResolvers<void>();
  await using server = await startHttpServer(() => {
    asked.resolve();
    return null;
  });
  const { authenticator, clock } = setUp(server.url);
  const verdict = authenticator.authenticate(request);
  await asked.promise;
  clock.advance(3000);
  assert.equal(inWords(await verdict), "refused 0x88");
  await server[Symbol.asyncDispose]();
  assert.equal(inWords(await setUp(server.url).authenticator.authenticate(request)), "refused 0x88");
});

test("no more calls than allowed go on at a time, and whom there is no room for is told to come back", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = await startHttpServer(async () => {
    await gate.promise;
    return json({ result: "allow" });
  });
  const { authenticator, counters } = setUp(server.url, {}, { concurrentMax: 2, waitingMax: 1 });
  const verdicts = ["1", "2", "3", "4"].map((clientId) => authenticator.authenticate({ ...request, clientId }));
  assert.equal(inWords(await (verdicts[3] as Verdict)), "refused 0x89");
  assert.deepEqual([counters.busy, counters.waiting], [1, 3]);
  gate.resolve();
  assert.deepEqual((await Promise.all(verdicts)).map(inWords).slice(0, 3), Array(3).fill("accepted ann"));
  assert.equal(counters.waiting, 0);
});

test("a broker that stops refuses who still waits", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = await startHttpServer(async () => {
    await gate.promise;
    return json({ result: "allow" });
  });
  const { authenticator } = setUp(server.url);
  const verdict = authenticator.authenticate(request);
  authenticator.close();
  gate.resolve();
  assert.equal(inWords(await verdict), "refused 0x88");
});
