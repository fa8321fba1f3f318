import { nobody } from "./authentication-result.ts";
import type { Authenticator, Verdict } from "./authenticator.ts";

const accepted: Verdict = { kind: "accepted", ...nobody };

/** Lets everyone in. A user name that is given proves nothing, so none is passed on. */
export class AnonymousAuthenticator implements Authenticator {
  authenticate(): Verdict {
    return accepted;
  }

  close(): void {
    // Holds nothing.
  }
}
