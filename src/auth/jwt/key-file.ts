import type { JWTPayload, JWTVerifyOptions } from "jose";

import { WatchedFile, type WatchedFileServices, WorldError } from "../../base/mod.ts";
import { readUserFile } from "../user-file.ts";
import { publicKeyAlgorithms } from "./algorithms.ts";
import { readKeys, type ReadKeys } from "./key-text.ts";
import { type TokenKeys, verifyWithSet } from "./token-keys.ts";

const advice = "there is no such file with public keys (a JSON Web Key Set, or PEM)";

/** Public keys in a file; read again when it changes. */
export class KeyFile implements TokenKeys {
  readonly algorithms: typeof publicKeyAlgorithms = publicKeyAlgorithms;
  readonly #file: WatchedFile<ReadKeys>;

  private constructor(file: WatchedFile<ReadKeys>) {
    this.#file = file;
  }

  /** @throws WorldError `file_missing`, `file_unreadable`, `file_malformed` */
  static async open(path: string, services: WatchedFileServices): Promise<KeyFile> {
    const options = {
      path,
      name: "keys for tokens",
      read: () => {
        const keys = readKeys(readUserFile(path, advice));
        if ("wrong" in keys) throw new WorldError("file_malformed", `${path}: ${keys.wrong}`);
        return keys;
      },
      fields: ({ count }: ReadKeys) => ({ keys: count }),
      stays: "the keys from before",
    };
    return new KeyFile(await WatchedFile.open(options, services));
  }

  verify(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    return verifyWithSet(token, this.#file.content.keys, options);
  }

  close(): void {
    this.#file.close();
  }
}
