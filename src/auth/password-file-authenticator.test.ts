import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";

import { type Logger, ManualClock, type Peer } from "../base/mod.ts";
import { ReasonCode } from "../protocol/mod.ts";
import { AnonymousAuthenticator } from "./anonymous-authenticator.ts";
import type { AuthenticationRequest, Authenticator, Verdict } from "./authenticator.ts";
import { AuthenticatorChain } from "./authenticator-chain.ts";
import { PasswordFileAuthenticator, type PasswordFileServices } from "./password-file-authenticator.ts";
import { temporaryFolder } from "../../test/kit/temporary-folder.ts";

const peer: Peer = { address: "127.0.0.1", port: 1, proxy: null, tls: null, certificate: null, identity: null };
const salt = Buffer.from("0123456789ab");
const limits = { concurrentMax: 3, waitingMax: 256 };

function line(userName: string, password: string): string {
  const hash = createHash("sha256").update(password).update(salt).digest("base64").replaceAll("=", "");
  return `${userName}:sha256,${salt.toString("base64")},${hash}\n`;
}

function request(userName: string | null, password: string | null): AuthenticationRequest {
  const bytes = password === null ? null : Buffer.from(password);
  return { clientId: "c", userName, password: bytes, peer, listener: "mqtt" };
}

/** Keeps what is logged and lets a test wait for the next line. */
class CollectedLog implements Logger {
  readonly lines: string[] = [];
  #next = Promise.withResolvers<string>();

  get nextLine(): Promise<string> {
    return this.#next.promise;
  }

  #add(message: string, fields: object = {}): void {
    this.lines.push(`${message} ${JSON.stringify(fields)}`);
    this.#next.resolve(message);
    this.#next = Promise.withResolvers<string>();
  }

  debug = this.#add;
  info = this.#add;
  warn = this.#add;
  error = this.#add;
}

/** The verdict of a broker that has this authenticator alone. */
async function judge(authenticator: Authenticator, asked: AuthenticationRequest): Promise<Verdict> {
  return new AuthenticatorChain([authenticator]).authenticate(asked);
}

/** 0x86, for the reason that the log tells. */
function assertRefused(verdict: Verdict): void {
  assert.equal(verdict.kind, "refused");
  assert.equal(verdict.kind === "refused" ? verdict.reasonCode : 0, ReasonCode.badUserNameOrPassword);
}

describe("authentication by password file", () => {
  let file = "";
  let clock = new ManualClock();
  let logger = new CollectedLog();
  let opened: PasswordFileAuthenticator[] = [];
  beforeEach(() => {
    file = join(temporaryFolder("auth"), "passwords");
    writeFileSync(file, line("ann", "secret") + line("bob", "other"));
    clock = new ManualClock();
    logger = new CollectedLog();
    opened = [];
  });
  afterEach(() => {
    for (const authenticator of opened) authenticator.close();
  });

  async function open(more: Partial<PasswordFileServices> = {}): Promise<PasswordFileAuthenticator> {
    const authenticator = await PasswordFileAuthenticator.open(file, { clock, logger, limits, ...more });
    opened.push(authenticator);
    return authenticator;
  }

  it("accepts the right password and passes the proved name on", async () => {
    const verdict = await (await open()).authenticate(request("ann", "secret"));
    assert.deepEqual(verdict, { kind: "accepted", userName: "ann" });
  });

  it("accepts it again, and still refuses a wrong one after that", async () => {
    const authenticator = await open();
    await authenticator.authenticate(request("ann", "secret"));
    assert.equal((await authenticator.authenticate(request("ann", "secret"))).kind, "accepted");
    assertRefused(await authenticator.authenticate(request("ann", "Secret")));
  });

  const wrong: readonly (readonly [what: string, userName: string | null, password: string | null])[] = [
    ["a wrong password", "ann", "wrong"],
    ["another user's password", "ann", "other"],
    ["an empty password", "ann", ""],
    ["an unknown user", "eve", "secret"],
    ["no user name", null, "secret"],
    ["no password", "ann", null],
    ["nothing at all", null, null],
  ];
  for (const [what, userName, password] of wrong) {
    it(`refuses ${what} with 0x86`, async () => {
      assertRefused(await judge(await open(), request(userName, password)));
    });
  }

  it("does the same work for an unknown user as for a known one", async () => {
    const authenticator = await open({ limits: { concurrentMax: 1, waitingMax: 0 } });
    const unknown = judge(authenticator, request("eve", "x"));
    // The unknown user's hash takes the only place there is.
    const busy = await authenticator.authenticate(request("ann", "x"));
    assert.equal(busy.kind === "refused" ? busy.reasonCode : 0, ReasonCode.serverBusy);
    assertRefused(await unknown);
  });

  it("does not hash for a client that has gone while it waited", async () => {
    const authenticator = await open({ limits: { concurrentMax: 1, waitingMax: 1 } });
    const first = authenticator.authenticate(request("ann", "secret"));
    let waiting = true;
    const second = authenticator.authenticate({ ...request("bob", "other"), isWaiting: () => waiting });
    waiting = false;
    assert.equal((await first).kind, "accepted");
    const verdict = await second;
    assert.equal(verdict.kind === "refused" ? verdict.reason : "", "the client has gone");
  });

  it("reads the password before the bytes are used for something else", async () => {
    const authenticator = await open();
    const connect = request("ann", "secret");
    const verdict = authenticator.authenticate(connect);
    connect.password?.fill(0);
    assert.equal((await verdict).kind, "accepted");
  });

  it("does not start without the file", async () => {
    rmSync(file);
    await assert.rejects(open(), {
      code: "file_missing",
      message: /there is no such password file; make it with: akasa/,
    });
  });

  it("does not start with a malformed line, and names it", async () => {
    writeFileSync(file, `${line("ann", "secret")}bob\n`);
    await assert.rejects(open(), { code: "file_malformed", message: /: line 2: / });
  });

  it("uses a file that was replaced, within a second", async () => {
    const authenticator = await open();
    const fresh = `${file}.new`;
    writeFileSync(fresh, line("cid", "third"));
    renameSync(fresh, file);
    const logged = logger.nextLine;
    clock.advance(1000);
    assert.equal(await logged, "password file read again");
    assert.equal((await authenticator.authenticate(request("cid", "third"))).kind, "accepted");
    assertRefused(await judge(authenticator, request("ann", "secret")));
  });

  it("forgets a password that was right before the file changed", async () => {
    const authenticator = await open();
    await authenticator.authenticate(request("ann", "secret"));
    writeFileSync(file, line("ann", "changed"));
    await authenticator.reload();
    assertRefused(await judge(authenticator, request("ann", "secret")));
    assert.equal((await authenticator.authenticate(request("ann", "changed"))).kind, "accepted");
  });

  it("keeps the old users and reports the line when the new file is malformed", async () => {
    const authenticator = await open();
    writeFileSync(file, "# new\ncid:sha256,hunter2,hunter2\n");
    await authenticator.reload();
    assert.equal((await authenticator.authenticate(request("ann", "secret"))).kind, "accepted");
    assert.match(logger.lines[0] ?? "", /the users from before stay.*line 2: /);
    assert.doesNotMatch(logger.lines.join("\n"), /hunter2/);
  });

  it("reports a bad file once, and uses it as soon as it is repaired", async () => {
    const authenticator = await open();
    rmSync(file);
    await authenticator.reload();
    await authenticator.reload();
    assert.equal(logger.lines.length, 1);
    writeFileSync(file, line("cid", "third"));
    await authenticator.reload();
    assert.equal((await authenticator.authenticate(request("cid", "third"))).kind, "accepted");
  });

  it("refuses everyone once it is closed", async () => {
    const authenticator = await open();
    authenticator.close();
    assertRefused(await judge(authenticator, request("ann", "secret")));
  });
});

describe("no authentication", () => {
  it("lets everyone in and takes no name for proved", () => {
    assert.deepEqual(new AnonymousAuthenticator().authenticate(request("ann", "x")), {
      kind: "accepted",
      userName: null,
    });
  });
});
