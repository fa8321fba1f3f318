import { createHmac } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../kit/temporary-folder.ts";

/** A file with a secret for tokens, and tokens signed with it. Written without the library that the broker uses. */
export interface SecretFile extends AsyncDisposable {
  readonly path: string;
  token(claims: object): string;
}

/** Writes a secret that lasts as long as its test. */
export async function secretFile(secret = "a-secret-of-thirty-two-characters"): Promise<SecretFile> {
  const folder = temporaryFolder("secret");
  const path = join(folder, "secret");
  await writeFile(path, `${secret}\n`, { mode: 0o600 });
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    path,
    token(claims) {
      const content = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
      return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
