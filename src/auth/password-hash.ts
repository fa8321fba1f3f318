import { createHash, pbkdf2Sync, randomBytes, scryptSync, timingSafeEqual } from "node:crypto";

import { hashBytes, type PasswordEntry, type PasswordHashing, saltBytes } from "./password-entry.ts";

/** What a new password is hashed with: 16 MiB and more than a tenth of a second (OWASP's second choice for scrypt). */
export const defaultHashing: PasswordHashing = { kind: "scrypt", cost: 16384, blockSize: 8, parallelization: 5 };

/** A new entry for the password, with a new salt. Takes as long as the hashing says. */
export function hashPassword(password: Uint8Array, hashing: PasswordHashing): PasswordEntry {
  const salt = randomBytes(saltBytes);
  return { hashing, salt, hash: derive(password, hashing, salt) };
}

/** True if the password is the one of the entry. Takes as long as the entry says; compares in constant time. */
export function matchesNow(password: Uint8Array, { hashing, salt, hash }: PasswordEntry): boolean {
  return timingSafeEqual(derive(password, hashing, salt), hash);
}

function derive(password: Uint8Array, hashing: PasswordHashing, salt: Buffer): Buffer {
  const length = hashBytes(hashing);
  switch (hashing.kind) {
    case "digest":
      return createHash(hashing.digest).update(password).update(salt).digest();
    case "pbkdf2":
      return pbkdf2Sync(password, salt, hashing.iterations, length, hashing.digest);
    case "scrypt": {
      const { cost, blockSize, parallelization } = hashing;
      // Node's limit of 32 MiB would refuse parameters the file may have; parseEntry has bounded them already.
      const maxmem = 128 * blockSize * (cost + parallelization + 2);
      return scryptSync(password, salt, length, { cost, blockSize, parallelization, maxmem });
    }
  }
}
