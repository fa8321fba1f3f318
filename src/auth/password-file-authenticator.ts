import { stat } from "node:fs/promises";

import { type Clock, type Logger, type Timer, WorldError } from "../base/mod.ts";
import { ReasonCode } from "../protocol/mod.ts";
import type { AuthenticationRequest, Authenticator, Verdict } from "./authenticator.ts";
import { BoundedWork } from "./bounded-work.ts";
import { readPasswordFile } from "./password-file.ts";
import { matches } from "./password-hash.ts";
import { PasswordSet } from "./password-set.ts";
import { parsePasswords } from "./password-text.ts";
import { VerifiedPasswords } from "./verified-passwords.ts";

/** What a {@link PasswordFileAuthenticator} works with. */
export interface PasswordFileServices {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hashes computed at the same time; 3 of the 4 threads that Node has for this and for files. */
  readonly concurrentMax?: number;
  /** Connects that wait for a hash; more are told that the server is busy. */
  readonly waitingMax?: number;
}

const reloadMilliseconds = 1000;
const refusedPassword = refusal("the password is wrong, or there is no such user");
const refusedNothing = refusal("it gives no user name and password");
const refusedBusy: Verdict = {
  kind: "refused",
  reasonCode: ReasonCode.serverBusy,
  reason: "too many clients wait for their password to be checked",
};

function refusal(reason: string): Verdict {
  return { kind: "refused", reasonCode: ReasonCode.badUserNameOrPassword, reason };
}

/**
 * Lets in who has a user name and the password that a password file has for it. The file is looked at once a second and
 * read again when it changed; one that cannot be read or has a bad line is reported, and the old users stay.
 *
 * Refuses with 0x86 Bad User Name or Password, and with 0x89 Server busy when too many connects wait for their hash.
 */
export class PasswordFileAuthenticator implements Authenticator {
  readonly #path: string;
  readonly #services: PasswordFileServices;
  readonly #work: BoundedWork;
  readonly #verified = new VerifiedPasswords();
  #passwords: PasswordSet;
  #signature: string;
  #timer: Timer | null = null;
  #closed = false;

  private constructor(path: string, services: PasswordFileServices, loaded: Loaded) {
    this.#path = path;
    this.#services = services;
    this.#work = new BoundedWork(services.concurrentMax ?? 3, services.waitingMax ?? 256);
    this.#passwords = loaded.passwords;
    this.#signature = loaded.signature;
    this.#lookLater();
  }

  /**
   * Reads the file.
   *
   * @throws WorldError `file_missing`, `file_unreadable`, or `file_malformed` with the number of the bad line.
   */
  static async open(path: string, services: PasswordFileServices): Promise<PasswordFileAuthenticator> {
    return new PasswordFileAuthenticator(path, services, await load(path));
  }

  authenticate(request: AuthenticationRequest): Verdict | Promise<Verdict> {
    const { userName, password } = request;
    if (this.#closed || userName === null || password === null) return refusedNothing;
    const { entry, real } = this.#passwords.candidate(userName);
    const accepted: Verdict = { kind: "accepted", userName };
    if (this.#verified.has(entry, password)) return accepted;
    // The bytes belong to the transport and are other bytes by the time the work comes to its turn.
    const copy = Buffer.from(password);
    const verdict = this.#work.run(async () => {
      const right = !this.#closed && (await matches(copy, entry)) && real;
      if (right) this.#verified.add(entry, copy);
      return right ? accepted : refusedPassword;
    });
    return verdict ?? refusedBusy;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  /** Looks whether the file has changed, now instead of in its second, and reads it if so. */
  async reload(): Promise<void> {
    const signature = await signatureOf(this.#path);
    if (signature === this.#signature || this.#closed) return;
    // Also when it cannot be used: it is reported once, and looked at again when it changes again.
    this.#signature = signature;
    try {
      const loaded = await load(this.#path);
      this.#passwords = loaded.passwords;
      this.#signature = loaded.signature;
      this.#services.logger.info("password file read again", { file: this.#path, users: loaded.passwords.size });
    } catch (error) {
      if (!(error instanceof WorldError)) throw error;
      this.#services.logger.error("password file not used; the users from before stay", { problem: error.message });
    }
  }

  #lookLater(): void {
    this.#timer = this.#services.clock.after(reloadMilliseconds, () => {
      void this.reload().then(() => {
        if (!this.#closed) this.#lookLater();
      });
    });
  }
}

interface Loaded {
  readonly passwords: PasswordSet;
  readonly signature: string;
}

async function load(path: string): Promise<Loaded> {
  // The signature first: a change between the two is then seen as one next time.
  const signature = await signatureOf(path);
  return { passwords: new PasswordSet(parsePasswords(readPasswordFile(path), path)), signature };
}

/**
 * Changes whenever the file is written or replaced. Polled, because watching loses files that are renamed or mounted.
 */
async function signatureOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch (error) {
    return error instanceof Error && "code" in error ? `unreadable: ${String(error.code)}` : "unreadable";
  }
}
