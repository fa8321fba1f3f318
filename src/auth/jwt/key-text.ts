import { createLocalJWKSet, type JSONWebKeySet } from "jose";
import { createPublicKey } from "node:crypto";

import { isRecord } from "../grants.ts";
import type { KeySet } from "./token-keys.ts";

const pemBlock = /-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g;

/** Keys of one set: enough for any issuer that changes its keys. */
const keysMax = 100;

/** A set of keys that was read, and how many it has. */
export interface ReadKeys {
  readonly keys: KeySet;
  readonly count: number;
}

/**
 * Reads a JSON Web Key Set (RFC 7517 section 5) or public keys and certificates in PEM. What is wrong is said in words
 * that repeat nothing of the text.
 */
export function readKeys(text: string): ReadKeys | { readonly wrong: string } {
  const set = text.trimStart().startsWith("{") ? readJson(text) : readPem(text);
  if ("wrong" in set) return set;
  const count = set.keys.length;
  if (count === 0) return { wrong: "there is no key in it" };
  if (count > keysMax) return { wrong: `there are ${count} keys in it, expected at most ${keysMax}` };
  try {
    return { keys: createLocalJWKSet(set), count };
  } catch {
    // The library checks the shape of the set; what it throws may repeat parts of it.
    return { wrong: "it is not a JSON Web Key Set" };
  }
}

function readJson(text: string): JSONWebKeySet | { readonly wrong: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's words repeat a part of the text.
    return { wrong: "it is not JSON" };
  }
  if (!isRecord(value)) return { wrong: "it is not a JSON Web Key Set" };
  const keys: unknown = Array.isArray(value["keys"]) ? value["keys"] : [value];
  if (!Array.isArray(keys) || !keys.every(isPublicKey)) return { wrong: "it has something else than public keys" };
  return { keys };
}

/** A secret has no place among public keys: it could be mistaken for one that everybody may know. */
function isPublicKey(value: unknown): value is JSONWebKeySet["keys"][number] {
  return isRecord(value) && typeof value["kty"] === "string" && value["kty"] !== "oct" && value["d"] === undefined;
}

function readPem(text: string): JSONWebKeySet | { readonly wrong: string } {
  try {
    const keys = Array.from(text.matchAll(pemBlock), ([block]) => createPublicKey(block).export({ format: "jwk" }));
    return { keys };
  } catch {
    // OpenSSL's words help nobody here.
    return { wrong: "it has something else than public keys in PEM" };
  }
}
