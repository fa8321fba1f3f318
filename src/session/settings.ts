import type { SharedStrategy } from "../router/mod.ts";

/** How much may wait for one session. */
export interface QueueLimits {
  readonly queuedMessagesMax: number;
  /** Messages that may wait in the store beyond those; 0 where the limit is one of the whole queue. */
  readonly storedMessagesMax: number;
  /** By `Publication.storedBytes`. */
  readonly queuedBytesMax: number;
}

/** What a session and the dispatcher are bound by; derived from the configuration once. */
export interface SessionSettings extends QueueLimits {
  /** Bytes that may wait in memory for all sessions together, by `Publication.storedBytes`. */
  readonly queuedBytesOfAllMax: number;
  /** Seconds; a longer Session Expiry Interval is cut to it. 0xFFFFFFFF: no cut. */
  readonly sessionExpirySecondsMax: number;
  readonly sharedStrategy: SharedStrategy;
  /** Bytes that all sessions together read from the store before their clients take them. */
  readonly readAheadBytesMax: number;
}

/** Session Expiry Interval of a session that does not expire (MQTT 5.0 section 3.1.2.11.2). */
export const neverExpires = 0xffff_ffff;
