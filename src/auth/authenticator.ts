import type { ReasonCode } from "../protocol/mod.ts";

/** What a CONNECT says about who it is from. */
export interface AuthenticationRequest {
  readonly clientId: string;
  /** Null if the client gives none. */
  readonly userName: string | null;
  /** Null if the client gives none. An authenticator neither keeps nor logs it. */
  readonly password: Uint8Array | null;
  /** Where the connection comes from, as `192.0.2.7:51234`. */
  readonly remoteAddress: string;
}

/** The answer to an {@link AuthenticationRequest}. */
export type Verdict =
  | {
      readonly kind: "accepted";
      /** The name that was proved; null if nobody proved one. */
      readonly userName: string | null;
    }
  | { readonly kind: "refused"; readonly reasonCode: ReasonCode };

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
