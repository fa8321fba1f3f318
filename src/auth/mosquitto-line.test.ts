import assert from "node:assert/strict";
import { createHash, pbkdf2Sync } from "node:crypto";
import { test } from "node:test";

import { parseMosquittoLine } from "./mosquitto-line.ts";
import { matchesNow } from "./password-hash.ts";

const salt = Buffer.from("0123456789ab");
const sha512 = createHash("sha512").update("secret").update(salt).digest("base64");
const pbkdf2 = pbkdf2Sync("secret", salt, 101, 64, "sha512").toString("base64");

for (const line of [`ann:$6$${salt.toString("base64")}$${sha512}`, `ann:$7$101$${salt.toString("base64")}$${pbkdf2}`]) {
  test(`a line of mosquitto_passwd with ${line.slice(4, 7)} is read`, async () => {
    const parsed = parseMosquittoLine(line);
    assert.ok(parsed.kind === "user");
    assert.equal(parsed.userName, "ann");
    assert.equal(matchesNow(Buffer.from("secret"), parsed.entry), true);
    assert.equal(matchesNow(Buffer.from("Secret"), parsed.entry), false);
  });
}

for (const [what, line] of [
  ["a password that is not hashed", "ann:hunter2"],
  ["another kind of hash", "ann:$argon2id$v=19$hunter2$hunter2"],
  ["no user", ":$6$AAAA$AAAA"],
  ["a part too few", "ann:$7$AAAA$hunter2"],
  ["no iterations", "ann:$7$0$AAAA$AAAA"],
  ["a short hash", "ann:$6$AAAA$AAAA"],
] as const) {
  test(`a line with ${what} is malformed, and nothing of it is repeated`, () => {
    const parsed = parseMosquittoLine(line);
    assert.ok(parsed.kind === "malformed");
    assert.doesNotMatch(parsed.wrong, /hunter2|AAAA/);
  });
}

test("empty lines and comments say nothing", () => {
  assert.equal(parseMosquittoLine(" ").kind, "blank");
  assert.equal(parseMosquittoLine("# users").kind, "blank");
});
