import assert from "node:assert/strict";
import { createHash, pbkdf2Sync, scryptSync } from "node:crypto";
import { describe, it } from "node:test";

import { formatEntry, parseEntry, type PasswordEntry, type PasswordHashing } from "./password-entry.ts";
import { hashPassword, matchesNow } from "./password-hash.ts";

const salt = Buffer.from("0123456789ab");
const password = Buffer.from("open sesame");

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}

function entryOf(text: string): PasswordEntry {
  const parsed = parseEntry(text);
  return "entry" in parsed ? parsed.entry : assert.fail(parsed.wrong);
}

function digest(name: string): string {
  return base64(createHash(name).update(password).update(salt).digest());
}

describe("a stored password", () => {
  const known: readonly (readonly [format: string, text: string])[] = [
    ["sha256", `sha256,${base64(salt)},${digest("sha256")}`],
    ["sha512", `sha512,${base64(salt)},${digest("sha512")}`],
    ["sha256-pkbdf2", `sha256-pkbdf2,128,${base64(salt)},${base64(pbkdf2Sync(password, salt, 128, 32, "sha256"))}`],
    ["sha512-pkbdf2", `sha512-pkbdf2,128,${base64(salt)},${base64(pbkdf2Sync(password, salt, 128, 64, "sha512"))}`],
    ["scrypt", `scrypt,16,8,1,${base64(salt)},${base64(scryptSync(password, salt, 32, { N: 16, r: 8, p: 1 }))}`],
  ];
  for (const [format, text] of known) {
    it(`in the format ${format} accepts its password`, async () => {
      assert.equal(matchesNow(password, entryOf(text)), true);
    });

    it(`in the format ${format} refuses another password`, async () => {
      assert.equal(matchesNow(Buffer.from("open sesamE"), entryOf(text)), false);
    });

    it(`in the format ${format} is written as it was read`, () => {
      assert.equal(formatEntry(entryOf(text)), text);
    });
  }

  it("agrees with a vector computed by hand: SHA-256 of the password, then the salt", async () => {
    // printf pw0123456789ab | sha256sum
    const hash = Buffer.from("b8a7d0b7ba41bcab8c5127a0c9e6c9229233d5c866d4bb772706ee712254d944", "hex");
    assert.equal(matchesNow(Buffer.from("pw"), entryOf(`sha256,${base64(salt)},${base64(hash)}`)), true);
  });

  it("has a new salt each time, so that equal passwords do not look equal", async () => {
    const hashing: PasswordHashing = { kind: "scrypt", cost: 16, blockSize: 8, parallelization: 1 };
    const [one, two] = [hashPassword(password, hashing), hashPassword(password, hashing)];
    assert.notDeepEqual(one.salt, two.salt);
    assert.equal(matchesNow(password, two), true);
  });

  const hash32 = base64(Buffer.alloc(32));
  const malformed: readonly (readonly [what: string, text: string, wrong: RegExp])[] = [
    ["nothing", "", /unknown algorithm/],
    ["an algorithm nobody knows", `md5,${base64(salt)},${hash32}`, /unknown algorithm/],
    ["a salt that is too short", `sha256,${base64(Buffer.alloc(11))},${hash32}`, /salt has 11 bytes/],
    ["a salt that is not base64", `sha256,****************,${hash32}`, /salt is not base64/],
    ["a salt with padding", `sha256,${Buffer.alloc(13).toString("base64")},${hash32}`, /salt is not base64/],
    ["a salt in URL spelling", `sha256,${"-_".repeat(8)},${hash32}`, /salt is not base64/],
    ["a hash of the wrong length", `sha512,${base64(salt)},${hash32}`, /hash has 32 bytes, expected 64/],
    ["a missing part", `sha256,${base64(salt)}`, /./],
    ["a part too many", `sha256,1,${base64(salt)},${hash32}`, /expected sha256,SALT,HASH/],
    ["no iterations", `sha256-pkbdf2,${base64(salt)},${hash32}`, /expected sha256-pkbdf2,ITERATIONS/],
    ["zero iterations", `sha256-pkbdf2,0,${base64(salt)},${hash32}`, /iterations/],
    ["iterations that would take a day", `sha256-pkbdf2,999999999,${base64(salt)},${hash32}`, /iterations/],
    ["a scrypt cost that is no power of two", `scrypt,15,8,1,${base64(salt)},${hash32}`, /out of range/],
    ["scrypt parameters that need gigabytes", `scrypt,4194304,8,1,${base64(salt)},${hash32}`, /out of range/],
  ];
  for (const [what, text, wrong] of malformed) {
    it(`is refused with ${what}`, () => {
      const parsed = parseEntry(text);
      assert.match("wrong" in parsed ? parsed.wrong : "accepted", wrong);
    });
  }
});
