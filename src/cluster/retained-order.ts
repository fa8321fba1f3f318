import type { Publication, RetainedStore } from "../store/mod.ts";

/**
 * Makes the retained messages of all shards the same, whatever the order in which they hear of each other's.
 *
 * Every shard holds all of them. Each change has a moment on the clock of the mesh, and of two changes to a topic the
 * later one stands. A deletion leaves its moment behind for as long as an earlier change may still be on its way: until
 * every other shard was heard of at a later moment.
 */
export class RetainedOrder {
  readonly #retained: RetainedStore;
  readonly #setAt = new WeakMap<Publication, number>();
  readonly #deletedAt = new Map<string, number>();

  constructor(retained: RetainedStore) {
    this.#retained = retained;
  }

  /** Deletions that are remembered. */
  get remembered(): number {
    return this.#deletedAt.size;
  }

  /** A change that this shard has made, at `moment`. */
  changed(message: Publication, moment: number): void {
    if (message.isEmpty) this.#deletedAt.set(message.topic.name, moment);
    else this.#setAt.set(message.keep(), moment);
  }

  /** A change that another shard has made at `moment`; it counts (true) unless there was a later one. */
  apply(message: Publication, moment: number): boolean {
    const topic = message.topic.name;
    if (moment <= this.momentOf(this.#retained.get(topic))) return false;
    const deleted = this.#deletedAt.get(topic) ?? 0;
    if (moment <= deleted) return false;
    if (message.isEmpty) {
      this.#retained.delete(topic);
      this.#deletedAt.set(topic, moment);
      return true;
    }
    const kept = message.keep();
    this.#setAt.set(kept, moment);
    this.#retained.adopt(kept);
    return true;
  }

  /** When a message was retained; 0: there is none. */
  momentOf(message: Publication | null): number {
    return message === null ? 0 : (this.#setAt.get(message) ?? 0);
  }

  /** The deletions that are remembered: topics with their moments. */
  deletions(): Iterable<[string, number]> {
    return this.#deletedAt;
  }

  /** All other shards were heard of at `moment` or later: no change before it is on its way. */
  forgetBefore(moment: number): void {
    for (const [topic, deleted] of this.#deletedAt) if (deleted <= moment) this.#deletedAt.delete(topic);
  }
}
