import { type Clock, type Logger, WatchedFile } from "../base/mod.ts";
import { ReasonCode } from "../protocol/mod.ts";
import type { AuthenticationRequest, Authenticator, Verdict } from "./authenticator.ts";
import type { AuthenticationCounters } from "./authentication-counters.ts";
import { BoundedWork, type WorkLimits } from "./bounded-work.ts";
import { HashThreads } from "./hash-threads.ts";
import { readPasswordFile } from "./password-file.ts";
import { PasswordSet } from "./password-set.ts";
import { parsePasswords, type PasswordFormat } from "./password-text.ts";
import { VerifiedPasswords } from "./verified-passwords.ts";

/** What a {@link PasswordFileAuthenticator} works with. */
export interface PasswordFileServices {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: akasa. */
  readonly format?: PasswordFormat;
  /** Hashes computed at the same time, and connects that wait for one; more are told that the server is busy. */
  readonly limits: WorkLimits;
  /** Default: counted for nobody. */
  readonly counters?: AuthenticationCounters;
}

const refusedPassword = refusal("the password is wrong");
const refusedUser = refusal("there is no such user");
const refusedClosed = refusal("the broker is stopping");
const refusedGone = refusal("the client has gone");
const unknown: Verdict = { kind: "unknown" };
const refusedBusy: Verdict = {
  kind: "refused",
  reasonCode: ReasonCode.serverBusy,
  reason: "too many clients wait for their password to be checked",
};

function refusal(reason: string): Verdict {
  return { kind: "refused", reasonCode: ReasonCode.badUserNameOrPassword, reason };
}

/**
 * Knows the users of a password file, and lets in who has the password that stands there. The file is looked at once a
 * second and read again when it changed; one that cannot be read or has a bad line is reported, and the old users stay.
 *
 * Refuses with 0x86 Bad User Name or Password, and with 0x89 Server busy when too many connects wait for their hash.
 */
export class PasswordFileAuthenticator implements Authenticator {
  readonly #file: WatchedFile<PasswordSet>;
  readonly #work: BoundedWork;
  readonly #threads: HashThreads;
  readonly #verified = new VerifiedPasswords();
  #closed = false;

  private constructor(file: WatchedFile<PasswordSet>, services: PasswordFileServices) {
    this.#file = file;
    this.#work = new BoundedWork(services.limits, services.counters);
    this.#threads = new HashThreads(services.clock);
  }

  /**
   * Reads the file.
   *
   * @throws WorldError `file_missing`, `file_unreadable`, or `file_malformed` with the number of the bad line.
   */
  static async open(path: string, services: PasswordFileServices): Promise<PasswordFileAuthenticator> {
    const options = {
      path,
      name: "password file",
      read: () => new PasswordSet(parsePasswords(readPasswordFile(path), path, services.format)),
      fields: ({ size }: PasswordSet) => ({ users: size }),
      stays: "the users from before",
    };
    return new PasswordFileAuthenticator(await WatchedFile.open(options, services), services);
  }

  authenticate(request: AuthenticationRequest): Verdict | Promise<Verdict> {
    const { userName, password } = request;
    if (this.#closed) return refusedClosed;
    if (userName === null || password === null) return unknown;
    const { entry, real } = this.#file.content.candidate(userName);
    const accepted: Verdict = { kind: "accepted", userName };
    if (this.#verified.has(entry, password)) return accepted;
    // The bytes belong to the transport and are other bytes by the time the work comes to its turn.
    const copy = Buffer.from(password);
    const check = (): Verdict | Promise<Verdict> => {
      const verdict = this.#work.run(async () => {
        if (request.isWaiting?.() === false) return refusedGone;
        const right = !this.#closed && (await this.#threads.matches(copy, entry)) && real;
        if (right) this.#verified.add(entry, copy);
        if (right) return accepted;
        return real ? refusedPassword : refusedUser;
      });
      return verdict ?? refusedBusy;
    };
    return real ? check() : { kind: "unknown", decoy: check };
  }

  close(): void {
    this.#closed = true;
    this.#file.close();
    this.#threads.close();
  }

  /** Looks whether the file has changed, now instead of in its second, and reads it if so. */
  reload(): Promise<void> {
    return this.#file.reload();
  }
}
