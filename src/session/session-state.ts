import type { Qos, SubscriptionOptions, TopicFilter } from "../protocol/mod.ts";
import type { Publication } from "../store/mod.ts";
import type { OutState } from "./outbox.ts";
import type { ArmedWill } from "./will.ts";

/** A subscription as plain data. */
export interface SavedSubscription {
  readonly filter: TopicFilter;
  readonly shareName: string | null;
  readonly options: SubscriptionOptions;
  /** 0: none. */
  readonly identifier: number;
}

/** By what a message came to the session. */
export interface SavedTerms {
  /** Index of the session's subscription; -1: one that is no more, or several in one. */
  readonly subscription: number;
  readonly identifiers: readonly number[] | null;
}

/** A message on its way to the client. */
export interface SavedMessage {
  readonly state: OutState;
  /** 0 where it was not sent yet. */
  readonly packetId: number;
  readonly qos: Qos;
  readonly retain: boolean;
  /** Null where the client has it. */
  readonly publication: Publication | null;
  /** Index among the terms. */
  readonly terms: number;
  /** Its sequence, where the store knows the session. */
  readonly sequence: number;
  /** Number of its body in the store. */
  readonly body: number;
  /** True if the store has it. */
  readonly isStored: boolean;
}

/** What of a session the store keeps; see `DurableQueue`. */
export interface StoredPart {
  /** The session's number. */
  readonly session: number;
  readonly lastSequence: number;
  readonly loadedTo: number;
  readonly sentTo: number;
  readonly unsureCount: number;
  readonly unsureTo: number;
  readonly messages: number;
  readonly bytes: number;
  readonly expirySeconds: number;
  readonly hasWill: boolean;
}

/** All that a session is, as plain data: what one shard gives another that goes on with it. */
export interface SessionState {
  readonly clientId: string;
  /** Seconds. */
  readonly expirySeconds: number;
  /** Milliseconds until it ends, if its client does not come; Infinity: never. */
  readonly endsIn: number;
  /** Milliseconds until its will is published; Infinity: there is none to publish. */
  readonly willIn: number;
  readonly will: ArmedWill | null;
  /** Packet identifiers of QoS 2 messages from the client that wait for their PUBREL. */
  readonly received: readonly number[];
  readonly subscriptions: readonly SavedSubscription[];
  readonly terms: readonly SavedTerms[];
  /** In sending order. */
  readonly messages: readonly SavedMessage[];
  /** The identifier that the next message gets. */
  readonly nextPacketId: number;
  /** Null where nothing does. */
  readonly stored: StoredPart | null;
}
