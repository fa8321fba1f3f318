import type { Publication, SharedJournal } from "../store/mod.ts";

/** Looks, a second each, for which a change of this shard may meet one of another on its way to the store. */
const looks = 3;

/**
 * Makes the store keep the retained message that stands on all shards. Each shard records what its own clients retain;
 * where two of them do so for one topic at the same time, the store may get the two in another order than the one that
 * counts. So a shard that has recorded a topic lately also records what wins over its own.
 */
export class RetainedRecord {
  readonly #journal: SharedJournal;
  /** Looks that are left for each topic. */
  readonly #lately = new Map<string, number>();

  constructor(journal: SharedJournal) {
    this.#journal = journal;
  }

  /** This shard has recorded a change. */
  recorded(message: Publication): void {
    if (message.durable) this.#lately.set(message.topic.name, looks);
  }

  /** A change of another shard stands from now on. */
  lost(message: Publication): void {
    if (!this.#lately.has(message.topic.name)) return;
    this.#lately.set(message.topic.name, looks);
    if (message.isEmpty) this.#journal.log.cleared(message.topic.bytes);
    else this.#journal.log.retained(message);
  }

  /** A second is over: what is safe, and everybody has heard of, is forgotten. */
  look(): void {
    if (this.#journal.pending > this.#journal.committed) return;
    for (const [topic, left] of this.#lately) {
      if (left > 1) this.#lately.set(topic, left - 1);
      else this.#lately.delete(topic);
    }
  }
}
