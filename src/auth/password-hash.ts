import { createHash, pbkdf2, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

import { hashBytes, type PasswordEntry, type PasswordHashing, saltBytes } from "./password-entry.ts";

const pbkdf2Async = promisify(pbkdf2);

/** What a new password is hashed with: 16 MiB and about a tenth of a second (OWASP's second choice for scrypt). */
export const defaultHashing: PasswordHashing = { kind: "scrypt", cost: 16384, blockSize: 8, parallelization: 5 };

/** A new entry for the password, with a new salt. */
export async function hashPassword(password: Uint8Array, hashing: PasswordHashing): Promise<PasswordEntry> {
  const salt = randomBytes(saltBytes);
  return { hashing, salt, hash: await derive(password, hashing, salt) };
}

/**
 * True if the password is the one of the entry. The work is done in the thread pool, the comparison in constant time.
 */
export async function matches(password: Uint8Array, entry: PasswordEntry): Promise<boolean> {
  return timingSafeEqual(await derive(password, entry.hashing, entry.salt), entry.hash);
}

async function derive(password: Uint8Array, hashing: PasswordHashing, salt: Buffer): Promise<Buffer> {
  const length = hashBytes(hashing);
  switch (hashing.kind) {
    case "digest":
      // A microsecond: not worth a thread.
      return createHash(hashing.digest).update(password).update(salt).digest();
    case "pbkdf2":
      return pbkdf2Async(password, salt, hashing.iterations, length, hashing.digest);
    case "scrypt":
      return scryptAsync(password, hashing, salt);
  }
}

function scryptAsync(
  password: Uint8Array,
  hashing: PasswordHashing & { kind: "scrypt" },
  salt: Buffer,
): Promise<Buffer> {
  const { cost, blockSize, parallelization } = hashing;
  // Node's limit of 32 MiB would refuse parameters the file may have; parseEntry has bounded them already.
  const maxmem = 128 * blockSize * (cost + parallelization + 2);
  return new Promise((resolve, reject) => {
    const options = { cost, blockSize, parallelization, maxmem };
    scrypt(password, salt, hashBytes(hashing), options, (error, hash) => (error ? reject(error) : resolve(hash)));
  });
}
