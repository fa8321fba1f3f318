import { WatchedFile, type WatchedFileServices } from "../../base/mod.ts";
import type { AuthenticationExchange, AuthenticationRequest, Authenticator, Verdict } from "../authenticator.ts";
import { ScramCredentials } from "./credentials.ts";
import { ScramExchange } from "./exchange.ts";
import { readScramFile } from "./file.ts";
import { isScramMechanism, type ScramMechanism } from "./mechanism.ts";
import type { ScramUsers } from "./text.ts";

/** Where a {@link ScramAuthenticator} has its users from. */
export type ScramSource =
  | { readonly kind: "users"; readonly users: ScramUsers }
  | { readonly kind: "file"; readonly path: string };

const unknown: Verdict = { kind: "unknown" };

type Lists = ReadonlyMap<ScramMechanism, ScramCredentials>;

/**
 * Lets in who proves by SCRAM that it knows a user's password, which never crosses the wire and is not kept here
 * (RFC 5802, RFC 7677; no channel binding). A CONNECT without an Authentication Method is none of its business.
 *
 * Refuses with 0x86. A mechanism that is offered is offered to every name, whether there is such a user or not.
 */
export class ScramAuthenticator implements Authenticator {
  readonly #mechanisms: readonly ScramMechanism[];
  readonly #lists: () => Lists;
  readonly #file: WatchedFile<Lists> | null;

  private constructor(
    mechanisms: readonly ScramMechanism[],
    source: { readonly lists: () => Lists; readonly file: WatchedFile<Lists> | null },
  ) {
    this.#mechanisms = mechanisms;
    this.#lists = source.lists;
    this.#file = source.file;
  }

  /**
   * Reads the users; a file is read again when it changes.
   *
   * @throws WorldError `file_missing`, `file_unreadable`, or `file_malformed` with the number of the bad line.
   */
  static async open(
    mechanisms: readonly ScramMechanism[],
    source: ScramSource,
    services: WatchedFileServices,
  ): Promise<ScramAuthenticator> {
    if (source.kind === "users") {
      const lists = listsOf(mechanisms, source.users);
      return new ScramAuthenticator(mechanisms, { lists: () => lists, file: null });
    }
    const options = {
      path: source.path,
      name: "file of SCRAM users",
      read: (path: string) => listsOf(mechanisms, readScramFile(path)),
      fields: (lists: Lists) => ({ users: [...lists.values()].reduce((sum, { size }) => sum + size, 0) }),
      stays: "the users from before",
    };
    const file = await WatchedFile.open(options, services);
    return new ScramAuthenticator(mechanisms, { lists: () => file.content, file });
  }

  authenticate(_request: AuthenticationRequest): Verdict {
    return unknown;
  }

  begin(method: string): AuthenticationExchange | null {
    if (!isScramMechanism(method) || !this.#mechanisms.includes(method)) return null;
    const credentials = this.#lists().get(method);
    if (credentials === undefined) return null;
    return new ScramExchange((userName) => credentials.candidate(userName));
  }

  close(): void {
    this.#file?.close();
  }

  /** Looks whether the file has changed, now instead of in its second, and reads it if so. */
  async reload(): Promise<void> {
    await this.#file?.reload();
  }
}

function listsOf(mechanisms: readonly ScramMechanism[], users: ScramUsers): Lists {
  return new Map(
    mechanisms.map((mechanism) => [mechanism, new ScramCredentials(mechanism, users.get(mechanism) ?? new Map())]),
  );
}
