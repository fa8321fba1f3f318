import type { Peer } from "../base/mod.ts";
import type { ReasonCode } from "../protocol/mod.ts";
import type { AuthenticationResult } from "./authentication-result.ts";

/** What a CONNECT says about who it is from. */
export interface AuthenticationRequest {
  readonly clientId: string;
  /** Null if the client gives none. */
  readonly userName: string | null;
  /** Null if the client gives none. An authenticator neither keeps nor logs it. */
  readonly password: Uint8Array | null;
  /** Where the connection comes from: address, listener, certificate. Made when it is asked for. */
  readonly peer: Peer;
  /** Name of the listener that the connection came in by. */
  readonly listener: string;
}

/** The answer to an {@link AuthenticationRequest}. */
export type Verdict =
  | ({ readonly kind: "accepted" } & AuthenticationResult)
  | {
      readonly kind: "refused";
      readonly reasonCode: ReasonCode;
      /** Why, for the log at level debug; never told to the client, never with a secret in it. */
      readonly reason: string;
    }
  | {
      /** Not a client of this authenticator's: the next one of the chain is asked; after the last one it is refused. */
      readonly kind: "unknown";
    };

/** Decides who may connect. */
export interface Authenticator {
  /**
   * Judges one CONNECT. A promise parks that connection only; it is never rejected for a reason that lies with the
   * client. The password's bytes are read during the call only: an authenticator that waits copies them.
   */
  authenticate(request: AuthenticationRequest): Verdict | Promise<Verdict>;
  /** Ends timers and open work; verdicts that are still owed are refusals. */
  close(): void;
}
