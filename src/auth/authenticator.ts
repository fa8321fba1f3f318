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
  /** False once the client has gone: work for it that has not begun need not be done. Absent: it stays. */
  readonly isWaiting?: () => boolean;
}

/** A client that is let in. */
export type Accepted = { readonly kind: "accepted" } & AuthenticationResult;

/** A client that is not let in. */
export interface Refused {
  readonly kind: "refused";
  readonly reasonCode: ReasonCode;
  /** Why, for the log at level debug; never told to the client, never with a secret in it. */
  readonly reason: string;
  /** Reason String for the client. Default: that it is not authorised to connect. */
  readonly told?: string;
}

/** Not a client of this authenticator's: the next one of the chain is asked. Whom nobody knows is refused. */
export interface Unknown {
  readonly kind: "unknown";
  /**
   * Takes as long as a wrong password would, and refuses: how long an answer takes must not tell which names exist. The
   * chain runs it where nobody knows the client, so that a name which another authenticator knows costs nothing here.
   */
  readonly decoy?: () => Verdict | Promise<Verdict>;
}

/** The answer to an {@link AuthenticationRequest}. */
export type Verdict = Accepted | Refused | Unknown;

/** What follows on a message of an {@link AuthenticationExchange}. */
export type ExchangeStep =
  | { readonly kind: "continue"; readonly data: Buffer }
  | {
      readonly kind: "finished";
      readonly verdict: Accepted | Refused;
      /** The last words to a client that is let in; null if the method has none. */
      readonly data: Buffer | null;
    };

/** One exchange of authentication data with one client (enhanced authentication, MQTT 5.0 section 4.12). */
export interface AuthenticationExchange {
  /** Takes the client's next message, null if it has none. Its bytes are read during the call only. */
  take(data: Uint8Array | null): ExchangeStep | Promise<ExchangeStep>;
}

/** Decides who may connect. */
export interface Authenticator {
  /**
   * Judges one CONNECT. A promise parks that connection only; it is never rejected for a reason that lies with the
   * client. The password's bytes are read during the call only: an authenticator that waits copies them.
   */
  authenticate(request: AuthenticationRequest): Verdict | Promise<Verdict>;
  /** Starts an exchange by an Authentication Method, null if it does not have this one. Absent: it has none. */
  begin?(method: string, request: AuthenticationRequest): AuthenticationExchange | null;
  /** Ends timers and open work; verdicts that are still owed are refusals. */
  close(): void;
}
