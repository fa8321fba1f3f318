import assert from "node:assert/strict";
import { test } from "node:test";

import type { Peer } from "../base/mod.ts";
import { ReasonCode } from "../protocol/mod.ts";
import { AnonymousAuthenticator } from "./anonymous-authenticator.ts";
import type { AuthenticationRequest, Authenticator, Verdict } from "./authenticator.ts";
import { AuthenticatorChain } from "./authenticator-chain.ts";

const unknown: Verdict = { kind: "unknown" };
const ann: Verdict = { kind: "accepted", userName: "ann" };
const refused: Verdict = { kind: "refused", reasonCode: ReasonCode.notAuthorized, reason: "test" };

const peer: Peer = { address: "127.0.0.1", port: 1, proxy: null, tls: null, certificate: null, identity: null };

const request: AuthenticationRequest = {
  clientId: "c",
  userName: "ann",
  password: Buffer.from("secret"),
  peer,
  listener: "mqtt",
};

/** Says the same to everybody and notes what it was asked. */
class Says implements Authenticator {
  readonly asked: string[] = [];
  readonly #verdict: Verdict | Promise<Verdict>;

  constructor(verdict: Verdict | Promise<Verdict>) {
    this.#verdict = verdict;
  }

  authenticate({ password }: AuthenticationRequest): Verdict | Promise<Verdict> {
    this.asked.push(Buffer.from(password ?? []).toString());
    return this.#verdict;
  }

  close(): void {}
}

for (const verdict of [ann, refused]) {
  test(`the first authenticator that knows the client decides (${verdict.kind}), and no other is asked`, async () => {
    const last = new Says(ann);
    const chain = new AuthenticatorChain([new Says(unknown), new Says(verdict), last]);
    assert.equal(await chain.authenticate(request), verdict);
    assert.deepEqual(last.asked, []);
  });
}

test("a slow authenticator is waited for, and those after it still get the password", async () => {
  const slow = Promise.withResolvers<Verdict>();
  const last = new Says(ann);
  const chain = new AuthenticatorChain([new Says(unknown), new Says(slow.promise), last]);
  const password = Buffer.from("secret");
  const verdict = chain.authenticate({ ...request, password });
  // The bytes are the transport's again.
  password.fill(0);
  slow.resolve(unknown);
  assert.equal(await verdict, ann);
  assert.deepEqual(last.asked, ["secret"]);
});

test("whom nobody knows is refused with 0x86", () => {
  const verdict = new AuthenticatorChain([new Says(unknown)]).authenticate(request) as Verdict;
  assert.equal(verdict.kind === "refused" && verdict.reasonCode, ReasonCode.badUserNameOrPassword);
});

test("whom nobody knows costs one decoy, also behind authenticators that take their time, the same for one name", async () => {
  const worked: string[] = [];
  const withDecoy = (name: string): Verdict => ({
    kind: "unknown",
    decoy: () => {
      worked.push(name);
      return refused;
    },
  });
  const quick = new AuthenticatorChain([new Says(withDecoy("a")), new Says(withDecoy("b"))]);
  const slow = new AuthenticatorChain([new Says(Promise.resolve(withDecoy("a")))]);
  assert.equal(await quick.authenticate(request), refused);
  assert.equal(await quick.authenticate(request), refused);
  assert.equal(worked.length, 2);
  assert.equal(worked[0], worked[1]);
  assert.equal(await slow.authenticate(request), refused);
  assert.equal(worked[2], "a");
});

test("where the nameless are let in, who gives a name has to prove it", () => {
  const chain = new AuthenticatorChain([new AnonymousAuthenticator("nameless")]);
  const nameless = { ...request, userName: null, password: null };
  assert.deepEqual(chain.authenticate(nameless), { kind: "accepted", userName: null });
  for (const named of [request, { ...nameless, userName: "ann" }, { ...nameless, password: Buffer.from("x") }]) {
    assert.equal((chain.authenticate(named) as Verdict).kind, "refused");
  }
});

test("an exchange is begun by the first authenticator that has the method", () => {
  const exchange = { take: () => assert.fail("not asked for") };
  const has = {
    authenticate: () => unknown,
    begin: (method: string) => (method === "M" ? exchange : null),
    close() {},
  };
  const chain = new AuthenticatorChain([new Says(unknown), has]);
  assert.equal(chain.begin("M", request), exchange);
  assert.equal(chain.begin("N", request), null);
});
