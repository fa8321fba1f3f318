/** How a password was hashed, with everything needed to do it again. */
export type PasswordHashing =
  | { readonly kind: "digest"; readonly digest: Digest }
  | { readonly kind: "pbkdf2"; readonly digest: Digest; readonly iterations: number }
  | { readonly kind: "scrypt"; readonly cost: number; readonly blockSize: number; readonly parallelization: number };

/** The digests a password file may name. */
export type Digest = "sha256" | "sha512";

/** A stored password. */
export interface PasswordEntry {
  readonly hashing: PasswordHashing;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Bytes of salt that the original writes, and the least that is read. */
export const saltBytesMin = 12;
/** Bytes of salt in a new entry. */
export const saltBytes = 16;

const iterationsMax = 100_000_000;
const scryptMemoryMax = 256 * 1024 * 1024;

/** Bytes of hash that the hashing gives. */
export function hashBytes(hashing: PasswordHashing): number {
  if (hashing.kind === "scrypt") return 32;
  return hashing.digest === "sha256" ? 32 : 64;
}

/** What stands after the name and the colon. The parts are separated by commas, bytes are base64 without padding. */
export function formatEntry(entry: PasswordEntry): string {
  const salt = unpadded(entry.salt);
  return [...hashingWords(entry.hashing), salt, unpadded(entry.hash)].join(",");
}

function hashingWords(hashing: PasswordHashing): (string | number)[] {
  switch (hashing.kind) {
    case "digest":
      return [hashing.digest];
    // "pkbdf2" is how the original spells it, in its files and on its command line.
    case "pbkdf2":
      return [`${hashing.digest}-pkbdf2`, hashing.iterations];
    case "scrypt":
      return ["scrypt", hashing.cost, hashing.blockSize, hashing.parallelization];
  }
}

/** An entry, or what is wrong with it, in words that do not repeat any of it. */
export type ParsedEntry = { readonly entry: PasswordEntry } | { readonly wrong: string };

/** Reads what {@link formatEntry} and the original write. */
export function parseEntry(text: string): ParsedEntry {
  const parts = text.split(",");
  const name = parts[0] ?? "";
  const numbers = parts.slice(1, -2);
  const hashing = parseHashing(name, numbers);
  if (typeof hashing === "string") return { wrong: hashing };
  const salt = decoded(parts.at(-2) ?? "");
  if (salt === null) return { wrong: "the salt is not base64" };
  if (salt.length < saltBytesMin)
    return { wrong: `the salt has ${salt.length} bytes, expected at least ${saltBytesMin}` };
  const hash = decoded(parts.at(-1) ?? "");
  if (hash === null) return { wrong: "the hash is not base64" };
  const expected = hashBytes(hashing);
  if (hash.length !== expected) return { wrong: `the hash has ${hash.length} bytes, expected ${expected}` };
  return { entry: { hashing, salt, hash } };
}

function parseHashing(name: string, numbers: readonly string[]): PasswordHashing | string {
  const values = numbers.map((text) => (/^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0));
  const [first = 0, second = 0, third = 0] = values;
  const counted = (count: number): boolean => numbers.length === count;
  switch (name) {
    case "sha256":
    case "sha512":
      return counted(0) ? { kind: "digest", digest: name } : `expected ${name},SALT,HASH`;
    case "sha256-pkbdf2":
    case "sha512-pkbdf2": {
      if (!counted(1)) return `expected ${name},ITERATIONS,SALT,HASH`;
      if (first < 1 || first > iterationsMax) return `expected 1 to ${iterationsMax} iterations`;
      return { kind: "pbkdf2", digest: name === "sha256-pkbdf2" ? "sha256" : "sha512", iterations: first };
    }
    case "scrypt": {
      if (!counted(3)) return "expected scrypt,COST,BLOCKSIZE,PARALLELIZATION,SALT,HASH";
      const powerOfTwo = first > 1 && Number.isInteger(Math.log2(first));
      const affordable = 128 * first * second <= scryptMemoryMax && third <= 64;
      if (!powerOfTwo || second < 1 || third < 1 || !affordable) return "the scrypt parameters are out of range";
      return { kind: "scrypt", cost: first, blockSize: second, parallelization: third };
    }
    default:
      return "unknown algorithm; expected sha256, sha512, sha256-pkbdf2, sha512-pkbdf2 or scrypt";
  }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}

/** Standard base64 without padding; null if it is anything else (Buffer.from would pass over what it does not know). */
function decoded(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64");
  return text !== "" && unpadded(bytes) === text ? bytes : null;
}
