import { createHash, randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConfigOverrides } from "../../kit/mod.ts";
import { temporaryFolder } from "../../kit/temporary-folder.ts";

/** A password file that lasts as long as its test. */
export interface UserFile {
  /** The configuration that lets in the users of the file and nobody else. */
  readonly overrides: ConfigOverrides;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Writes a password file with these users, in the plain salted form: that one costs no time to check. */
export async function userFile(users: Readonly<Record<string, string>>): Promise<UserFile> {
  const folder = temporaryFolder("users");
  const path = join(folder, "passwords");
  const lines = Object.entries(users).map(([name, password]) => {
    const salt = randomBytes(16);
    const hash = createHash("sha256").update(password).update(salt).digest();
    return `${name}:sha256,${unpadded(salt)},${unpadded(hash)}\n`;
  });
  await writeFile(path, lines.join(""), { mode: 0o600 });
  return {
    overrides: { auth: { enable: true, password_file: path } },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
