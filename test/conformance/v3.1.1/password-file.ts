import { createHash, randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../../kit/temporary-folder.ts";

/** A password file that lives as long as its test. */
export interface PasswordFile {
  readonly path: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Writes a password file with one user. */
export async function passwordFile(user: string, password: string): Promise<PasswordFile> {
  const folder = temporaryFolder("users");
  const path = join(folder, "passwords");
  const salt = randomBytes(16);
  const hash = createHash("sha256").update(password).update(salt).digest();
  await writeFile(path, `${user}:sha256,${unpadded(salt)},${unpadded(hash)}\n`, { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
