import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { allowed, type AuthenticationResult, type Permissions } from "../auth/mod.ts";
import { type Logger, ManualClock, type Peer } from "../base/mod.ts";
import { parseFilter, topicName } from "../protocol/mod.ts";
import { RuleAuthorizer } from "./rule-authorizer.ts";
import { temporaryFolder } from "../../test/kit/temporary-folder.ts";

const peer: Peer = { address: "192.0.2.7", port: 1, proxy: null, tls: null, certificate: null, identity: null };

describe("rules of access", () => {
  let folder: string;
  let file: string;
  let authorizer: RuleAuthorizer | null = null;
  let log: string[];

  beforeEach(() => {
    folder = temporaryFolder("access");
    file = join(folder, "access.acl");
    log = [];
  });

  afterEach(() => {
    authorizer?.close();
    authorizer = null;
    rmSync(folder, { recursive: true });
  });

  const add = (message: string, fields: object = {}): void => void log.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { debug: add, info: add, warn: add, error: add };

  async function open(text: string | null, fallback: "allow" | "deny" | null = null): Promise<RuleAuthorizer> {
    if (text !== null) writeFileSync(file, text);
    const options = { file: text === null ? null : file, format: "akasa", fallback } as const;
    authorizer = await RuleAuthorizer.open(options, { clock: new ManualClock(), logger });
    return authorizer;
  }

  function client(rules: RuleAuthorizer, identity: Partial<AuthenticationResult> = {}): Permissions {
    const permissions = rules.permissionsOf({
      clientId: "c",
      identity: { userName: null, ...identity },
      peer,
      listener: "mqtt",
    });
    assert.ok(permissions !== null);
    return permissions;
  }

  it("do not exist without a file: nobody is asked anything, unless deny is what shall hold then", async () => {
    const principal = { clientId: "c", identity: { userName: null }, peer, listener: "mqtt" };
    for (const fallback of [null, "allow"] as const) {
      assert.equal((await open(null, fallback)).permissionsOf(principal), null);
    }
    const permissions = client(await open(null, "deny"));
    assert.deepEqual([permissions.mayReceive(topicName("a")), permissions.mayConnect()], [false, allowed]);
  });

  it("decide alike when asked again, and with the same object", async () => {
    const permissions = client(await open("allow publish a\nallow subscribe b"));
    const topic = topicName("x");
    assert.equal(permissions.mayPublish(topicName("a")), allowed);
    assert.equal(permissions.mayPublish(topicName("a")), allowed);
    assert.equal(permissions.mayPublish(topic), permissions.mayPublish(topic));
    assert.deepEqual([permissions.mayReceive(topicName("a")), permissions.mayReceive(topicName("b"))], [false, true]);
    assert.equal(permissions.mayConnect(), allowed);
  });

  it("decide about a million topics without keeping them", async () => {
    const permissions = client(await open("allow publish t/+"));
    for (let index = 0; index < 1000; index++) {
      assert.equal(permissions.mayPublish(topicName(`t/${index}`)), allowed);
      assert.notEqual(permissions.mayPublish(topicName(`u/${index}`)), allowed);
    }
  });

  it("hold anew for connected clients when the file changed, and the log tells what changes", async () => {
    const rules = await open("allow publish a\nallow publish b\nallow publish c");
    const permissions = client(rules);
    assert.equal(permissions.mayPublish(topicName("a")), allowed);
    writeFileSync(file, "# moved\nallow publish c\nallow publish b\nallow publish d");
    await rules.reload();
    assert.notEqual(permissions.mayPublish(topicName("a")), allowed);
    assert.equal(permissions.mayPublish(topicName("d")), allowed);
    assert.deepEqual(log, [
      `access rule goes ${JSON.stringify({ file, line: 1, rule: "allow publish a" })}`,
      `access rule comes ${JSON.stringify({ file, line: 4, rule: "allow publish d" })}`,
      `access rules change ${JSON.stringify({ file, added: 1, removed: 1, reordered: true })}`,
      `access file read again ${JSON.stringify({ file, rules: 3 })}`,
    ]);
  });

  it("stay as they are when the new file has a mistake, which is reported with its line", async () => {
    const rules = await open("allow publish a");
    const permissions = client(rules);
    writeFileSync(file, "allow publish b\nalow publish a");
    await rules.reload();
    assert.equal(permissions.mayPublish(topicName("a")), allowed);
    assert.notEqual(permissions.mayPublish(topicName("b")), allowed);
    assert.equal(log.length, 1);
    assert.match(log[0] ?? "", /access file not used; the rules from before stay.*line 2/);
  });

  it("are an error at start when the file has a mistake or is missing", async () => {
    await assert.rejects(open("allow publish a\nallow"), { code: "file_malformed", message: /: line 2: / });
    const options = { file: join(folder, "none"), format: "akasa", fallback: "deny" } as const;
    await assert.rejects(RuleAuthorizer.open(options, { clock: new ManualClock(), logger }), { code: "file_missing" });
  });

  it("that come with a client are asked before those of the file", async () => {
    const rules = await open("allow publish #");
    const permissions = client(rules, { acl: [{ effect: "deny", actions: ["publish"], topics: ["secret/%c"] }] });
    assert.notEqual(permissions.mayPublish(topicName("secret/c")), allowed);
    assert.equal(permissions.mayPublish(topicName("secret/d")), allowed);
  });

  it("that come with a client are all there is without a file", async () => {
    const rules = await open(null);
    const permissions = client(rules, { acl: [{ effect: "allow", actions: ["subscribe"], topics: ["a/#"] }] });
    const target = parseFilter("a/b");
    assert.ok(target !== null);
    assert.equal(permissions.maySubscribe(target), allowed);
    assert.equal(permissions.mayReceive(topicName("a/b")), true);
    assert.notEqual(permissions.mayPublish(topicName("a")), allowed);
  });

  it("that come with a client and cannot be read keep it out", async () => {
    const rules = await open(null, "allow");
    const permissions = client(rules, { acl: [{ effect: "allow", actions: ["publish"], topics: ["a/#/b"] }] });
    assert.notEqual(permissions.mayConnect(), allowed);
    assert.notEqual(permissions.mayPublish(topicName("x")), allowed);
    assert.match(log[0] ?? "", /cannot be read/);
  });
});
