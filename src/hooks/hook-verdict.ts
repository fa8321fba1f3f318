import type { AuthenticationResult } from "../auth/mod.ts";
import type { ReasonCode } from "../protocol/mod.ts";

/** The answer that refuses: the client is told the code, and from MQTT 5.0 on the reason. */
export interface Refused {
  readonly kind: "refused";
  /**
   * A code of 0x80 and above. One that the answering packet may not carry (MQTT 5.0 section 2.4) is sent as 0x80
   * Unspecified error; the codes of 3.1 and 3.1.1 are chosen by the codec.
   */
  readonly reasonCode: ReasonCode;
  /** Reason String for a 5.0 client; default: that a hook refused. Never put a secret in it. */
  readonly reason?: string;
}

/** The answer that takes a message out of the way of things: the publisher is told that all went well. */
export interface Dropped {
  readonly kind: "dropped";
  /** What the publisher is told, below 0x80; default 0x00 Success. */
  readonly reasonCode?: ReasonCode;
}

/**
 * The answer that has a message published later, as it is now: with the topic, payload and properties that the hooks
 * have left it. It is as safe as its topic's durability level says, and the publisher is told that all went well; where
 * a limit is reached it is refused with 0x97.
 */
export interface Delayed {
  readonly kind: "delayed";
  /** Seconds from now. */
  readonly seconds: number;
  /** Messages that may wait at the same time. */
  readonly messagesMax: number;
  /** Bytes of payloads that may wait at the same time. */
  readonly bytesMax: number;
}

/** The answer that lets a client in without asking anybody else. */
export interface Accepted extends Partial<AuthenticationResult> {
  readonly kind: "accepted";
  /** The name that was proved; default: the one that the CONNECT gives. */
  readonly userName?: string | null;
}

/** The answer that allows, and asks no later hook of the same point. */
export interface Allowed {
  readonly kind: "allowed";
}

/** What a hook may answer where nothing waits: nothing (go on), or a verdict. */
export type Answer<Verdict> = Verdict | null | undefined | void;

/** What a hook may answer that is allowed to wait. */
export type LaterAnswer<Verdict> = Answer<Verdict> | Promise<Answer<Verdict>>;

/** Refuses with a code and a sentence. */
export function refuse(reasonCode: ReasonCode, reason?: string): Refused {
  return reason === undefined ? { kind: "refused", reasonCode } : { kind: "refused", reasonCode, reason };
}

/** Drops a message; see {@link Dropped}. */
export const drop: Dropped = Object.freeze({ kind: "dropped" });

/** Has a message published later; see {@link Delayed}. Default limits: 10,000 messages, 64 MiB. */
export function delay(seconds: number, limits: Partial<Pick<Delayed, "messagesMax" | "bytesMax">> = {}): Delayed {
  return { kind: "delayed", seconds, messagesMax: 10_000, bytesMax: 64 * 1024 * 1024, ...limits };
}

/** Allows; see {@link Allowed}. */
export const allow: Allowed = Object.freeze({ kind: "allowed" });

/** Lets a client in, with what is known of it; see {@link Accepted}. */
export function accept(known: Partial<AuthenticationResult> = {}): Accepted {
  return { kind: "accepted", ...known };
}
