import type { Subscription } from "../router/mod.ts";
import { type Journal, type Publication, sequenceGap } from "../store/mod.ts";
import { DurableQueue } from "./durable-queue.ts";
import type { StoredName } from "./stored-slots.ts";

/** A message that came for a session while it was on its way to this shard. */
export interface ArrivedMessage extends StoredName {
  readonly publication: Publication;
  readonly subscription: Subscription;
  readonly retain: boolean;
}

/**
 * Sequences that are left free for what a session's old place takes in before it hands the session over: more than
 * come in that time, so that a gap of {@link sequenceGap} stays, and such that identifiers, which come from sequences,
 * hardly meet.
 */
export const sequencesLeft: number = sequenceGap * 2 + 1024;

/** What is recorded of a session's queue at its new place while the old one still has the session. */
export class ArrivingQueue {
  /** Records begin behind this sequence; 0: nothing is recorded. */
  readonly arrivesBehind: number;
  readonly #queue: DurableQueue | null;
  readonly #name = { name: { sequence: 0, handle: 0, body: 0 } };

  /** @param session the session's number in the store, 0: the store does not know it */
  constructor(session: number, lastSequence: number, journal: Journal) {
    const { log } = journal;
    if (session === 0 || log === null) {
      this.#queue = null;
      this.arrivesBehind = 0;
      return;
    }
    this.arrivesBehind = lastSequence + sequencesLeft;
    this.#queue = new DurableQueue(session, journal, log, 0);
    this.#queue.lastSequence = this.arrivesBehind;
  }

  /** True where the store knows the session. */
  get isStored(): boolean {
    return this.#queue !== null;
  }

  /** Records a message, as the session itself would, and answers what is to be kept until that is here. */
  record(publication: Publication, subscription: Subscription, retain: boolean): ArrivedMessage {
    const kept = publication.keep();
    const qos = kept.qos < subscription.qos ? kept.qos : subscription.qos;
    const none = { sequence: 0, handle: 0, body: 0 };
    if (this.#queue === null || qos === 0) return { ...none, publication: kept, subscription, retain };
    this.#queue.describe(qos, retain, false);
    this.#queue.record(this.#name, kept, subscription, false);
    return { ...this.#name.name, publication: kept, subscription, retain };
  }
}
