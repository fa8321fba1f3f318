import type { Qos } from "../protocol/mod.ts";
import type { Publication } from "./publication.ts";

/** A queued message as it comes back from the store. */
export interface StoredMessage {
  readonly sequence: number;
  /** Null once the client has it and only PUBREL is left. */
  readonly publication: Publication | null;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly identifiers: readonly number[] | null;
  /** `$share/<name>/<filter>` where it came by a shared subscription, else empty. */
  readonly shared: string;
  readonly storedBytes: number;
  /** Number of its body. */
  readonly body: number;
}

/** What of a session's queue is wanted. */
export interface QueueRequest {
  readonly session: number;
  /** Only what has a larger sequence. */
  readonly after: number;
  /** Messages at most. */
  readonly messagesMax: number;
  /** Bytes after which no more is read; at least one message is. */
  readonly bytesMax: number;
}

/** What waits for a session in the store. */
export interface StoredQueue {
  readonly session: number;
  readonly messages: number;
  readonly bytes: number;
  readonly lastSequence: number;
  /** Sequence of the last message in front of the last gap of {@link sequenceGap} or more; 0: of none. */
  readonly beforeGap: number;
}

/** So many sequences are missing in the queue of a session that moves, in front of what its new place records. */
export const sequenceGap = 0x10_0000;

/** Something that one shard has for another, as it comes out of the store. */
export interface Transit {
  /** Place of the shard that it is for. */
  readonly place: number;
  /** Larger than that of whatever the place got before. */
  readonly number: number;
  /** It says where a session's messages go: `terms` are the session (6) and the moment of the claim (8). */
  readonly isMark: boolean;
  /** Place of the shard that it comes from. */
  readonly from: number;
  /** What it is, and by what it goes; the shards know. */
  readonly what: number;
  readonly terms: Buffer;
  readonly publication: Publication | null;
}

/** From where on what one place has for a moving session is the new place's. */
export interface SessionMark {
  readonly session: number;
  /** Of the claim, larger than those of earlier ones. */
  readonly moment: number;
  /** Place of the sender. */
  readonly from: number;
  /** Number of the transit from which on it is so. */
  readonly number: number;
  readonly oldPlace: number;
  readonly newPlace: number;
  /** What the new place itself records is behind this sequence; 0: somebody else says so. */
  readonly arrivesBehind: number;
}

/** A message that is to be published later, as it comes out of the store. */
export interface StoredDelayed {
  /** Place of the shard that took it, and its number there. */
  readonly place: number;
  readonly number: number;
  /** Wall clock milliseconds at which it is to be published. */
  readonly due: number;
  readonly publication: Publication;
}

/** Takes what a store holds, in this order; what belongs to a session comes after it. */
export interface StoreVisitor {
  session(session: number, clientId: string, expirySeconds: number): void;
  /** `offlineSince` in wall clock milliseconds, 0: it was online when the process ended. */
  presence(session: number, offlineSince: number, sentTo: number, quota: number): void;
  /** Place of the shard that had the session; null: there was one shard. */
  place?(session: number, place: number | null): void;
  subscription(session: number, filter: string, options: number, identifier: number): void;
  will(session: number, publication: Publication, delaySeconds: number): void;
  /** A QoS 2 message that came in and is not released. */
  received(session: number, packetId: number): void;
  queue(queue: StoredQueue): void;
  retained(publication: Publication): void;
  /** A session was on its way from one place to another when the process ended. */
  mark?(mark: SessionMark): void;
  /** What one shard had for another when the process ended. */
  transit?(transit: Transit): void;
  delayed?(delayed: StoredDelayed): void;
}
