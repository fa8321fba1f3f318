import { createHmac, randomBytes } from "node:crypto";

import { hashBytes, type PasswordEntry, saltBytes } from "./password-entry.ts";
import { defaultHashing } from "./password-hash.ts";

/** What a user name leads to. */
export interface Candidate {
  readonly entry: PasswordEntry;
  /** False: nobody has this name, and the entry is there only to be worked on. */
  readonly real: boolean;
}

/** The users of one password file, and decoys for the names that are not in it. */
export class PasswordSet {
  readonly #users: ReadonlyMap<string, PasswordEntry>;
  readonly #entries: readonly PasswordEntry[];
  readonly #key: Buffer = randomBytes(32);

  constructor(users: ReadonlyMap<string, PasswordEntry>) {
    this.#users = users;
    this.#entries = [...users.values()];
  }

  get size(): number {
    return this.#users.size;
  }

  /**
   * The entry of the user. For an unknown name it is a decoy hashed like the entry of some real user, always the same
   * for the same name: how long an answer takes does not tell which names exist, also in a file with several formats.
   */
  candidate(userName: string): Candidate {
    const entry = this.#users.get(userName);
    if (entry !== undefined) return { entry, real: true };
    const pick = createHmac("sha256", this.#key).update(userName).digest().readUInt32LE();
    const hashing = this.#entries[pick % Math.max(1, this.#entries.length)]?.hashing ?? defaultHashing;
    return { entry: { hashing, salt: Buffer.alloc(saltBytes), hash: Buffer.alloc(hashBytes(hashing)) }, real: false };
  }
}
