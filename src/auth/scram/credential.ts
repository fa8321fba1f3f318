import { randomBytes } from "node:crypto";

import { base64Bytes } from "../base64.ts";
import { digestLength } from "./digest-length.ts";
import { keysOf, saltedPassword, type ScramKeys } from "./keys.ts";
import { digestOf, isScramMechanism, type ScramMechanism } from "./mechanism.ts";

/** What is kept of one user for one mechanism. */
export interface ScramCredential extends ScramKeys {
  readonly mechanism: ScramMechanism;
  readonly iterations: number;
  readonly salt: Buffer;
}

/** The least that RFC 7677 allows. */
export const iterationsMin = 4096;
/** The most that fits where others keep it too; a client that is asked for as many is busy for minutes. */
export const iterationsMax = 4_294_967_295;

const newSaltBytes = 16;

/** A new credential with a new salt; the work of `iterations` rounds is done beside the loop. */
export async function newCredential(
  mechanism: ScramMechanism,
  password: Uint8Array,
  iterations: number,
): Promise<ScramCredential> {
  const digest = digestOf(mechanism);
  const salt = randomBytes(newSaltBytes);
  const salted = await saltedPassword(digest, password, salt, iterations);
  return { mechanism, iterations, salt, ...keysOf(digest, salted) };
}

/** The same from a salted password, which is what the original keeps. */
export function credentialOf(
  mechanism: ScramMechanism,
  { salted, salt, iterations }: { salted: Uint8Array; salt: Buffer; iterations: number },
): ScramCredential {
  return { mechanism, iterations, salt, ...keysOf(digestOf(mechanism), salted) };
}

/** `SCRAM-SHA-256$iterations:salt$storedKey:serverKey`, the form in which PostgreSQL keeps them as well. */
export function formatCredential({ mechanism, iterations, salt, storedKey, serverKey }: ScramCredential): string {
  const [s, stored, server] = [salt, storedKey, serverKey].map((bytes) => bytes.toString("base64"));
  return `${mechanism}$${iterations}:${s}$${stored}:${server}`;
}

/** Reads what {@link formatCredential} writes, or says what is wrong in words that repeat nothing of it. */
export function parseCredential(text: string): ScramCredential | { readonly wrong: string } {
  const parts = /^([A-Z0-9-]+)\$(\d{1,10}):([^:$]+)\$([^:$]+):([^:$]+)$/.exec(text);
  if (parts === null) return { wrong: "expected USER:MECHANISM$ITERATIONS:SALT$STOREDKEY:SERVERKEY" };
  const [, mechanism = "", rounds = "", ...fields] = parts;
  if (!isScramMechanism(mechanism)) return { wrong: "unknown mechanism; expected SCRAM-SHA-256 or SCRAM-SHA-512" };
  const iterations = Number(rounds);
  if (iterations < iterationsMin || iterations > iterationsMax) {
    return { wrong: `expected ${iterationsMin} to ${iterationsMax} iterations` };
  }
  const [salt = null, storedKey = null, serverKey = null] = fields.map(base64Bytes);
  if (salt === null || storedKey === null || serverKey === null) return { wrong: "salt and keys must be base64" };
  const expected = digestLength(digestOf(mechanism));
  if (storedKey.length !== expected || serverKey.length !== expected) {
    return { wrong: `the keys of ${mechanism} have ${expected} bytes` };
  }
  return { mechanism, iterations, salt, storedKey, serverKey };
}
