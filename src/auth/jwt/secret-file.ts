import { jwtVerify, type JWTPayload, type JWTVerifyOptions } from "jose";
import { readFileSync } from "node:fs";

import { WatchedFile, type WatchedFileServices, WorldError } from "../../base/mod.ts";
import { readUserFile } from "../user-file.ts";
import { secretAlgorithms } from "./algorithms.ts";
import type { TokenKeys } from "./token-keys.ts";

/** Bytes of a secret: fewer than the 256 bits of HS256's digest are guessed (RFC 7518 section 3.2). */
const secretBytesMin = 32;

const advice = "there is no such file with a secret; make it with: openssl rand -out FILE 64";

/** One shared secret in a file: its bytes, without a line end behind them. Read again when it changes. */
export class SecretFile implements TokenKeys {
  readonly algorithms: typeof secretAlgorithms = secretAlgorithms;
  readonly #file: WatchedFile<Buffer>;

  private constructor(file: WatchedFile<Buffer>) {
    this.#file = file;
  }

  /** @throws WorldError `file_missing`, `file_unreadable`, `file_malformed` if it is too short */
  static async open(path: string, services: WatchedFileServices): Promise<SecretFile> {
    const options = {
      path,
      name: "secret for tokens",
      read: readSecret,
      fields: () => ({}),
      stays: "the one from before",
    };
    return new SecretFile(await WatchedFile.open(options, services));
  }

  async verify(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    return (await jwtVerify(token, this.#file.content, options)).payload;
  }

  close(): void {
    this.#file.close();
  }
}

function readSecret(path: string): Buffer {
  // For the errors, which are those of the other files; a secret need not be text.
  readUserFile(path, advice);
  const bytes = readFileSync(path);
  const end = bytes.at(-1) === 0x0a ? (bytes.at(-2) === 0x0d ? -2 : -1) : bytes.length;
  const secret = bytes.subarray(0, end);
  if (secret.length >= secretBytesMin) return secret;
  const problem = `the secret has ${secret.length} bytes, expected at least ${secretBytesMin}`;
  throw new WorldError("file_malformed", `${path}: ${problem}`);
}
