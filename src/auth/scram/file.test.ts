import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { ManualClock, silentLogger } from "../../base/mod.ts";
import { ScramAuthenticator } from "./authenticator.ts";
import { newCredential } from "./credential.ts";
import { insertScramUser, readScramFile } from "./file.ts";
import { temporaryFolder } from "../../../test/kit/temporary-folder.ts";

function freshFile(): string {
  return join(temporaryFolder("scram"), "users");
}

const credential = await newCredential("SCRAM-SHA-256", Buffer.from("secret"), 4096);
const other = await newCredential("SCRAM-SHA-512", Buffer.from("secret"), 4096);

test("a user is inserted into a new file that only its owner can read, and found in it", () => {
  const file = freshFile();
  insertScramUser(file, { userName: "a:b", credential, create: true });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readScramFile(file).get("SCRAM-SHA-256")?.get("a:b"), credential);
});

test("a user has one line for each mechanism; comments and the other lines stay", async () => {
  const file = freshFile();
  writeFileSync(file, "# users\n");
  insertScramUser(file, { userName: "ann", credential, create: false });
  insertScramUser(file, { userName: "ann", credential: other, create: false });
  const fresh = await newCredential("SCRAM-SHA-256", Buffer.from("new"), 4096);
  insertScramUser(file, { userName: "ann", credential: fresh, create: false });
  const users = readScramFile(file);
  assert.deepEqual(users.get("SCRAM-SHA-256")?.get("ann"), fresh);
  assert.deepEqual(users.get("SCRAM-SHA-512")?.get("ann"), other);
  assert.equal(readFileSync(file, "utf8").split("\n").length, 4);
});

test("a malformed line is named by its number and not repeated", () => {
  const file = freshFile();
  writeFileSync(file, "# users\nann:SCRAM-SHA-256$4096:hunter2\n");
  assert.throws(
    () => readScramFile(file),
    (error: Error) => {
      assert.match(error.message, /: line 2: /);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    },
  );
});

test("a file that is missing is an error that says how to make it", () => {
  assert.throws(() => readScramFile(freshFile()), {
    code: "file_missing",
    message: /akasa insert-scram-user --create/,
  });
});

test("a user who is added while the broker runs can log in within a second", async () => {
  const file = freshFile();
  insertScramUser(file, { userName: "ann", credential, create: true });
  const services = { clock: new ManualClock(), logger: silentLogger };
  const authenticator = await ScramAuthenticator.open(["SCRAM-SHA-256"], { kind: "file", path: file }, services);
  const saltOf = async (): Promise<string> => {
    const step = await authenticator.begin("SCRAM-SHA-256")?.take(Buffer.from("n,,n=bob,r=x"));
    return step?.kind === "continue" ? step.data.toString() : "";
  };
  assert.ok(!(await saltOf()).includes(credential.salt.toString("base64")));
  insertScramUser(file, { userName: "bob", credential, create: false });
  await authenticator.reload();
  assert.ok((await saltOf()).includes(credential.salt.toString("base64")));
  authenticator.close();
});
