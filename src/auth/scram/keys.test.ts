import assert from "node:assert/strict";
import { test } from "node:test";

import { keysOf, provesPassword, saltedPassword, serverSignature } from "./keys.ts";

/** The examples of the standards: user `user`, password `pencil`. */
const vectors = [
  {
    name: "RFC 5802 section 5 (SHA-1)",
    digest: "sha1",
    salt: "QSXCR+Q6sek8bf92",
    bare: "n=user,r=fyko+d2lbbFgONRv9qkxdawL",
    serverFirst: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
    withoutProof: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
    proof: "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    signature: "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
  },
  {
    name: "RFC 7677 section 3 (SHA-256)",
    digest: "sha256",
    salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
    bare: "n=user,r=rOprNGfwEbeRWgbNEkqO",
    serverFirst: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    withoutProof: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    proof: "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    signature: "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
  },
] as const;

for (const { name, digest, salt, bare, serverFirst, withoutProof, proof, signature } of vectors) {
  test(`the example of ${name} is checked and signed as there`, async () => {
    const salted = await saltedPassword(digest, Buffer.from("pencil"), Buffer.from(salt, "base64"), 4096);
    const keys = keysOf(digest, salted);
    const message = `${bare},${serverFirst},${withoutProof}`;
    const given = Buffer.from(proof, "base64");
    assert.equal(provesPassword(digest, keys, message, given), true);
    assert.equal(serverSignature(digest, keys, message).toString("base64"), signature);
    for (const [index] of given.entries()) {
      const wrong = Buffer.from(given);
      wrong[index] = (wrong[index] as number) ^ 1;
      assert.equal(provesPassword(digest, keys, message, wrong), false, `byte ${index}`);
    }
    assert.equal(provesPassword(digest, keys, message, given.subarray(1)), false);
    assert.equal(provesPassword(digest, keys, message, Buffer.concat([given, Buffer.alloc(1)])), false);
  });
}
