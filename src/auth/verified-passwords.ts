import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

import type { PasswordEntry } from "./password-entry.ts";

/**
 * Remembers passwords that were verified, so that thousands of devices that reconnect at once do not cost a tenth of a
 * second each. What is remembered is a keyed digest; the key exists in this process only, and an entry that is replaced
 * in the password file takes its memory with it. A wrong password is never remembered: guessing stays expensive.
 */
export class VerifiedPasswords {
  readonly #key: Buffer = randomBytes(32);
  readonly #digests = new WeakMap<PasswordEntry, Buffer>();

  has(entry: PasswordEntry, password: Uint8Array): boolean {
    const known = this.#digests.get(entry);
    return known !== undefined && timingSafeEqual(known, this.#digest(password));
  }

  add(entry: PasswordEntry, password: Uint8Array): void {
    this.#digests.set(entry, this.#digest(password));
  }

  #digest(password: Uint8Array): Buffer {
    return createHmac("sha256", this.#key).update(password).digest();
  }
}
