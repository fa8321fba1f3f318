import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";

import { readKeys } from "./key-text.ts";

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ed = generateKeyPairSync("ed25519");
const jwk = { ...ec.publicKey.export({ format: "jwk" }), kid: "1" };

test("a JSON Web Key Set, one key, and PEM are read", () => {
  const pem = [ec.publicKey, ed.publicKey].map((key) => key.export({ format: "pem", type: "spki" })).join("");
  for (const [text, count] of [
    [JSON.stringify({ keys: [jwk, { ...jwk, kid: "2" }] }), 2],
    [JSON.stringify(jwk), 1],
    [pem, 2],
  ] as const) {
    const read = readKeys(text);
    assert.ok(!("wrong" in read), JSON.stringify(read));
    assert.equal(read.count, count);
  }
});

const wrong: readonly (readonly [what: string, text: string])[] = [
  ["nothing", ""],
  ["half a JSON", '{"keys": [{"kty": "EC", "hunter2'],
  ["no key", '{"keys": []}'],
  ["a shared secret", '{"keys": [{"kty": "oct", "k": "hunter2"}]}'],
  ["a private key", JSON.stringify(ec.privateKey.export({ format: "jwk" }))],
  ["another text", "hunter2"],
  ["PEM of nonsense", "-----BEGIN PUBLIC KEY-----\nhunter2\n-----END PUBLIC KEY-----\n"],
  ["too many keys", JSON.stringify({ keys: Array.from({ length: 101 }, () => jwk) })],
];
for (const [what, text] of wrong) {
  test(`${what} is not taken for keys, and not repeated`, () => {
    const read = readKeys(text);
    assert.ok("wrong" in read);
    assert.doesNotMatch(read.wrong, /hunter2/);
  });
}
