import assert from "node:assert/strict";
import { test } from "node:test";

import { type ScramCredential, formatCredential, newCredential, parseCredential } from "./credential.ts";
import { ScramCredentials } from "./credentials.ts";

function listOf(...entries: readonly (readonly [string, ScramCredential])[]): ScramCredentials {
  return new ScramCredentials("SCRAM-SHA-512", new Map(entries));
}

async function credential(iterations = 4096): Promise<ScramCredential> {
  return newCredential("SCRAM-SHA-512", Buffer.from("secret"), iterations);
}

test("what is kept of a password is not the salted password, and is read back as it was written", async () => {
  const one = await credential();
  assert.deepEqual(parseCredential(formatCredential(one)), one);
  assert.deepEqual(Object.keys(one).toSorted(), ["iterations", "mechanism", "salt", "serverKey", "storedKey"]);
});

test("the salt of a name that does not exist stays when other users come", async () => {
  const [ann, bob] = [await credential(), await credential()];
  const before = listOf(["ann", ann]).candidate("nobody").credential;
  const after = listOf(["ann", ann], ["bob", bob]).candidate("nobody").credential;
  assert.deepEqual(after.salt, before.salt);
  assert.equal(after.iterations, before.iterations);
});

test("names that do not exist look like any of the users, whatever those were made with", async () => {
  const list = listOf(["ann", await credential(4096)], ["bob", await credential(5000)]);
  const seen = new Set<number>();
  for (let index = 0; index < 64; index++) seen.add(list.candidate(`nobody${index}`).credential.iterations);
  assert.deepEqual([...seen].toSorted(), [4096, 5000]);
});

test("two ways to type a name are one user", async () => {
  const list = listOf(["J\u00fcrgen", await credential()]);
  const found = list.candidate("Ju\u0308rgen");
  assert.equal(found.real, true);
  assert.equal(found.userName, "J\u00fcrgen");
});

for (const [what, text] of [
  ["an unknown mechanism", "SCRAM-SHA-1$4096:AAAA$AAAA:AAAA"],
  ["too few iterations", "SCRAM-SHA-256$4095:AAAA$AAAA:AAAA"],
  ["keys of a wrong length", "SCRAM-SHA-256$4096:AAAA$AAAA:AAAA"],
  ["no base64", "SCRAM-SHA-256$4096:AA!A$AAAA:AAAA"],
  ["a part too few", "SCRAM-SHA-256$4096:AAAA$AAAA"],
] as const) {
  test(`a credential with ${what} is not read, and nothing of it is repeated`, () => {
    const parsed = parseCredential(text);
    assert.ok("wrong" in parsed);
    assert.ok(!parsed.wrong.includes("AAAA") && !parsed.wrong.includes("AA!A"));
  });
}
