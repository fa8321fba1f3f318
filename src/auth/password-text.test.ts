import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { parseEntry } from "./password-entry.ts";
import { parseLine, userNameProblem } from "./password-line.ts";
import { parsePasswords, withoutUser, withUser } from "./password-text.ts";

const stored = "sha256,MDEyMzQ1Njc4OWFi,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const parsed = parseEntry(stored);
const entry = "entry" in parsed ? parsed.entry : assert.fail(parsed.wrong);

describe("a password file", () => {
  it("has a user in each line, and may have comments, blank lines and Windows line ends", () => {
    const users = parsePasswords(`# people\r\n\r\nann:${stored}\r\nbob:${stored}\n`, "passwords");
    assert.deepEqual([...users.keys()], ["ann", "bob"]);
  });

  it("may be empty", () => {
    assert.equal(parsePasswords("", "passwords").size, 0);
  });

  it("splits a line at its last colon, so that a user name may have colons", () => {
    const line = parseLine(`tenant:ann:${stored}`);
    assert.equal(line.kind === "user" ? line.userName : line.kind, "tenant:ann");
  });

  it("names the line that is malformed and shows nothing of it", () => {
    const secret = "ann:sha256,c2VjcmV0,c2VjcmV0";
    assert.throws(() => parsePasswords(`# people\nbob:${stored}\n${secret}\n`, "passwords"), {
      code: "file_malformed",
      message: "passwords: line 3: the salt has 6 bytes, expected at least 12",
    });
  });

  for (const line of ["ann", `:${stored}`, "ann:password"]) {
    it(`refuses the line ${JSON.stringify(line.slice(0, 20))}`, () => {
      assert.throws(() => parsePasswords(line, "passwords"), { code: "file_malformed" });
    });
  }

  it("refuses a user who stands in it twice", () => {
    assert.throws(() => parsePasswords(`ann:${stored}\nann:${stored}\n`, "passwords"), {
      message: "passwords: line 2: a user of this name stands in an earlier line",
    });
  });

  it("takes a new user at its end, also after a last line without line end", () => {
    assert.equal(withUser(`ann:${stored}`, "bob", entry), `ann:${stored}\nbob:${stored}\n`);
  });

  it("keeps comments, order and the other users when a password changes", () => {
    const text = `# people\nann:sha512,x\n\nbob:${stored}\n`.replace("sha512,x", stored);
    assert.equal(withUser(text, "ann", entry), text);
  });

  it("loses only the line of the user who is removed", () => {
    assert.equal(withoutUser(`# people\nann:${stored}\nbob:${stored}\n`, "ann"), `# people\nbob:${stored}\n`);
  });

  it("says so when the user to remove is not in it", () => {
    assert.equal(withoutUser(`ann:${stored}\n`, "bob"), null);
  });

  it("has no room for names that it could not give back", () => {
    for (const name of ["", " ann", "ann ", "#ann", "a\nb", "a\u0000b"]) assert.notEqual(userNameProblem(name), null);
    for (const name of ["ann", "tenant:ann", "a b", "安", "a#b"]) assert.equal(userNameProblem(name), null);
  });
});
