import { createHash, createHmac, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

import { digestLength } from "./digest-length.ts";
import type { ScramDigest } from "./mechanism.ts";

const pbkdf2Async = promisify(pbkdf2);

/**
 * What a server keeps of a password (RFC 5802 section 3): enough to check a proof and to prove itself, and not enough
 * to log in with. The salted password would be.
 */
export interface ScramKeys {
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** `Hi(password, salt, i)` of RFC 5802, which is PBKDF2; computed beside the loop. */
export function saltedPassword(
  digest: ScramDigest,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
): Promise<Buffer> {
  return pbkdf2Async(password, salt, iterations, digestLength(digest), digest);
}

/** The keys of a salted password. */
export function keysOf(digest: ScramDigest, salted: Uint8Array): ScramKeys {
  const clientKey = hmac(digest, salted, "Client Key");
  return { storedKey: hash(digest, clientKey), serverKey: hmac(digest, salted, "Server Key") };
}

/** True if the proof was made by one who knows the password. In constant time. */
export function provesPassword(digest: ScramDigest, keys: ScramKeys, authMessage: string, proof: Uint8Array): boolean {
  const signature = hmac(digest, keys.storedKey, authMessage);
  const clientKey = Buffer.alloc(signature.length);
  for (const [index, byte] of signature.entries()) clientKey[index] = byte ^ (proof[index] ?? 0);
  return timingSafeEqual(hash(digest, clientKey), keys.storedKey) && proof.length === signature.length;
}

/** `ServerSignature`: proves to the client that the server knows its keys. */
export function serverSignature(digest: ScramDigest, keys: ScramKeys, authMessage: string): Buffer {
  return hmac(digest, keys.serverKey, authMessage);
}

function hmac(digest: ScramDigest, key: Uint8Array, text: string): Buffer {
  return createHmac(digest, key).update(text).digest();
}

function hash(digest: ScramDigest, bytes: Uint8Array): Buffer {
  return createHash(digest).update(bytes).digest();
}
