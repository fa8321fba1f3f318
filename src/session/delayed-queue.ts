import type { DelayedKey, Publication } from "../store/mod.ts";

/** A message that is to be published later. */
export interface DelayedMessage {
  readonly publication: Publication;
  /** Monotonic milliseconds. */
  readonly due: number;
  /** Among messages that are due at the same time the smaller number goes first. */
  readonly order: number;
  /** Null where the store does not know it. */
  readonly stored: DelayedKey | null;
}

/** Messages by the time at which they are due: a binary heap, so that adding and taking cost a few steps each. */
export class DelayedQueue {
  readonly #heap: DelayedMessage[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The one that is due first, or null. */
  get first(): DelayedMessage | null {
    return this.#heap[0] ?? null;
  }

  /** All of them, in no order. */
  values(): IterableIterator<DelayedMessage> {
    return this.#heap.values();
  }

  add(message: DelayedMessage): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as DelayedMessage;
      if (!isBefore(message, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = message;
  }

  /** Takes the first one out. */
  shift(): DelayedMessage | null {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  /** Puts a message in the place of the first one, and lets it sink to where it belongs. */
  #sink(message: DelayedMessage): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as DelayedMessage, heap[child] as DelayedMessage))
        child++;
      const below = heap[child] as DelayedMessage;
      if (!isBefore(below, message)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = message;
  }
}

function isBefore(one: DelayedMessage, other: DelayedMessage): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order);
}
