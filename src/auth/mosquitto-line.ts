import { base64Bytes } from "./base64.ts";
import { type PasswordEntry, hashBytes, type PasswordHashing } from "./password-entry.ts";
import type { PasswordLine } from "./password-line.ts";

const iterationsMax = 100_000_000;

/**
 * Reads one line of a file of mosquitto_passwd: `user:$6$SALT$HASH` is SHA-512 of password and salt,
 * `user:$7$ITERATIONS$SALT$HASH` is PBKDF2 with SHA-512; bytes are base64. A user name has no colon there.
 */
export function parseMosquittoLine(line: string): PasswordLine {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return { kind: "blank" };
  const colon = text.indexOf(":");
  if (colon < 1) return { kind: "malformed", wrong: "expected USER:$7$ITERATIONS$SALT$HASH" };
  const entry = parseHash(text.slice(colon + 1));
  if (typeof entry === "string") return { kind: "malformed", wrong: entry };
  return { kind: "user", userName: text.slice(0, colon), entry };
}

/** The entry, or what is wrong with it in words that repeat nothing of it. */
function parseHash(text: string): PasswordEntry | string {
  const [before = "", kind = "", ...parts] = text.split("$");
  if (before !== "") return "the password is not hashed; run: mosquitto_passwd -U FILE";
  const hashing = hashingOf(kind, parts);
  if (typeof hashing === "string") return hashing;
  const salt = base64Bytes(parts.at(-2) ?? "");
  const hash = base64Bytes(parts.at(-1) ?? "");
  if (salt === null || hash === null) return "salt and hash must be base64";
  const expected = hashBytes(hashing);
  return hash.length === expected ? { hashing, salt, hash } : `the hash has ${hash.length} bytes, expected ${expected}`;
}

function hashingOf(kind: string, parts: readonly string[]): PasswordHashing | string {
  switch (kind) {
    case "6":
      return parts.length === 2 ? { kind: "digest", digest: "sha512" } : "expected $6$SALT$HASH";
    case "7": {
      const iterations = /^[1-9]\d{0,9}$/.test(parts[0] ?? "") ? Number(parts[0]) : 0;
      if (parts.length !== 3 || iterations < 1 || iterations > iterationsMax) return "expected $7$ITERATIONS$SALT$HASH";
      return { kind: "pbkdf2", digest: "sha512", iterations };
    }
    default:
      return "unknown kind of hash; expected $6$ or $7$, as mosquitto_passwd -H sha512 and sha512-pbkdf2 write";
  }
}
