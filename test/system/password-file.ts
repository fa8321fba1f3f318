import { createHash, pbkdf2Sync } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConfigOverrides } from "../kit/mod.ts";
import { temporaryFolder } from "../kit/temporary-folder.ts";

/** The line formats of the Rust original, spelled as there. */
export const originalHashes = ["sha256", "sha512", "sha256-pkbdf2", "sha512-pkbdf2"] as const;

const salt = Buffer.from("0123456789abcdef");

/** One line of a password file in a format of the original: plain is hash(password || salt), pkbdf2 is PBKDF2. */
export function passwordLine(
  userName: string,
  password: string,
  hash: (typeof originalHashes)[number],
  iterations = 1000,
): string {
  const digest = hash.startsWith("sha256") ? "sha256" : "sha512";
  if (!hash.endsWith("pkbdf2")) {
    return `${userName}:${hash},${unpadded(salt)},${unpadded(createHash(digest).update(password).update(salt).digest())}`;
  }
  const derived = pbkdf2Sync(password, salt, iterations, digest === "sha256" ? 32 : 64, digest);
  return `${userName}:${hash},${iterations},${unpadded(salt)},${unpadded(derived)}`;
}

/** A password file that lasts as long as its test. */
export interface PasswordFile extends AsyncDisposable {
  readonly path: string;
  /** The configuration that lets in the users of the file and nobody else. */
  readonly overrides: ConfigOverrides;
}

/** Writes a password file with these lines. */
export async function passwordFile(...lines: readonly string[]): Promise<PasswordFile> {
  const folder = temporaryFolder("passwords");
  const path = join(folder, "passwords");
  await writeFile(path, lines.map((line) => `${line}\n`).join(""), { mode: 0o600 });
  return {
    path,
    overrides: { auth: { enable: true, password_file: path } },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
