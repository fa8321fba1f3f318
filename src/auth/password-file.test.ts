import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "node:test";

import { parseEntry } from "./password-entry.ts";
import { insertUser, removeUser } from "./password-file.ts";
import { replaceFile } from "./replace-file.ts";
import { temporaryFolder } from "../../test/kit/temporary-folder.ts";

const stored = "sha256,MDEyMzQ1Njc4OWFi,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const parsed = parseEntry(stored);
const entry = "entry" in parsed ? parsed.entry : assert.fail(parsed.wrong);

describe("changing a password file", () => {
  let directory = "";
  let file = "";
  beforeEach(() => {
    directory = temporaryFolder("auth");
    file = join(directory, "passwords");
  });

  it("creates a file that only its owner can read", () => {
    insertUser(file, { userName: "ann", entry, create: true });
    assert.equal(readFileSync(file, "utf8"), `ann:${stored}\n`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("does not create a file unless it is asked to", () => {
    assert.throws(() => insertUser(file, { userName: "ann", entry, create: false }), { code: "file_missing" });
    assert.deepEqual(readdirSync(directory), []);
  });

  it("keeps the mode of the file", () => {
    writeFileSync(file, "");
    chmodSync(file, 0o640);
    insertUser(file, { userName: "ann", entry, create: false });
    assert.equal(statSync(file).mode & 0o777, 0o640);
  });

  it("changes the file behind a symbolic link and keeps the link", () => {
    const link = join(directory, "link");
    writeFileSync(file, "");
    symlinkSync(file, link);
    insertUser(link, { userName: "ann", entry, create: false });
    assert.equal(readlinkSync(link), file);
    assert.equal(readFileSync(file, "utf8"), `ann:${stored}\n`);
  });

  it("refuses symbolic links that form a circle", () => {
    symlinkSync(join(directory, "b"), join(directory, "a"));
    symlinkSync(join(directory, "a"), join(directory, "b"));
    const insert = () => insertUser(join(directory, "a"), { userName: "ann", entry, create: true });
    assert.throws(insert, { code: "file_unreadable", message: /form a circle/ });
  });

  it("leaves a file with a bad line as it is", () => {
    writeFileSync(file, "broken\n");
    assert.throws(() => insertUser(file, { userName: "ann", entry, create: false }), { code: "file_malformed" });
    assert.throws(() => removeUser(file, "ann"), { code: "file_malformed" });
    assert.equal(readFileSync(file, "utf8"), "broken\n");
  });

  it("leaves no temporary file behind, neither after success nor after failure", () => {
    writeFileSync(file, "");
    insertUser(file, { userName: "ann", entry, create: false });
    assert.throws(() => replaceFile({ path: file, text: "x", expected: "something else" }), {
      code: "file_unwritable",
      message: /another program has changed it meanwhile/,
    });
    assert.deepEqual(readdirSync(directory), ["passwords"]);
  });

  it("says whether the user to remove was there", () => {
    writeFileSync(file, `ann:${stored}\n`);
    assert.equal(removeUser(file, "bob"), false);
    assert.equal(removeUser(file, "ann"), true);
    assert.equal(readFileSync(file, "utf8"), "");
  });

  it("refuses a directory that does not exist with one clear line", () => {
    const lost = join(directory, "none", "passwords");
    assert.throws(() => insertUser(lost, { userName: "ann", entry, create: true }), {
      code: "file_unwritable",
      message: `${lost}: cannot be written (ENOENT)`,
    });
  });
});
