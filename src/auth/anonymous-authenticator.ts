import { nobody } from "./authentication-result.ts";
import type { AuthenticationRequest, Authenticator, Verdict } from "./authenticator.ts";

const accepted: Verdict = { kind: "accepted", ...nobody };
const unknown: Verdict = { kind: "unknown" };

/** Whom an {@link AnonymousAuthenticator} lets in. */
export type Anonymity =
  /** Everyone. A user name that is given proves nothing, so none is passed on. */
  | "everyone"
  /** Who gives neither a user name nor a password; the others have to prove what they claim. */
  | "nameless";

/** Lets clients in that prove nothing. */
export class AnonymousAuthenticator implements Authenticator {
  readonly #whom: Anonymity;

  constructor(whom: Anonymity = "everyone") {
    this.#whom = whom;
  }

  authenticate({ userName, password }: AuthenticationRequest): Verdict {
    return this.#whom === "everyone" || (userName === null && password === null) ? accepted : unknown;
  }

  close(): void {
    // Holds nothing.
  }
}
