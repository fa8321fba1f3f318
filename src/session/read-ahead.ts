import { Limit, type Statistics } from "./statistics.ts";

const pageBytesMax = 1024 * 1024;
const pageBytesMin = 8 * 1024;

/** Sessions that read at the same time: few, so that each reads much at once and its client soon has it. */
const placesMax = 16;

/** Milliseconds after which a session whose client does not take what was read holds up no other one. */
const patienceMilliseconds = 100;

/** A session that reads its queue. */
export interface Reader {
  /** It has waited, and may read now. */
  onPlace(): void;
}

/** What a {@link ReadAhead} works with. */
export interface ReadAheadParts {
  /** Bytes that all sessions together may read ahead. */
  readonly bytesMax: number;
  readonly statistics: Statistics;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/**
 * Shares the memory for messages that are read from the store before their clients take them: while many sessions are
 * drained at once, they take turns, a page each. A session whose client takes nothing loses its turn, but keeps its
 * page; the more of these there are the smaller are the pages.
 */
export class ReadAhead {
  readonly #parts: ReadAheadParts;
  /** Who reads, the longest first, with the time when its turn began. */
  readonly #places = new Map<Reader, number>();
  /** Who has a page whose turn is over. */
  readonly #slow = new Set<Reader>();
  readonly #waiting = new Set<Reader>();

  constructor(parts: ReadAheadParts) {
    this.#parts = parts;
  }

  /** Bytes that a session may read at once. */
  get pageBytes(): number {
    const readers = Math.max(1, this.#places.size + this.#slow.size);
    return Math.min(pageBytesMax, Math.max(pageBytesMin, this.#parts.bytesMax / 4 / readers));
  }

  /** True if it is the session's turn; otherwise it waits. */
  enter(reader: Reader): boolean {
    const now = this.#parts.now();
    if (this.#places.size === placesMax) this.onTick(now);
    const isFree = this.#waiting.size === 0 && this.#places.size < placesMax;
    if (isFree) this.#places.set(reader, now);
    else this.#waiting.add(reader);
    if (!isFree || this.pageBytes < pageBytesMax) this.#parts.statistics.reached(Limit.readAhead);
    return isFree;
  }

  /** The session's page is used up, or it has stopped reading. */
  leave(reader: Reader): void {
    if (this.#waiting.delete(reader) || this.#slow.delete(reader)) return;
    if (this.#places.delete(reader)) this.#admit();
  }

  /** Called several times a second. @param now monotonic milliseconds */
  onTick(now: number): void {
    for (const [reader, since] of this.#places) {
      if (this.#places.size < placesMax || now - since < patienceMilliseconds) return;
      this.#places.delete(reader);
      this.#slow.add(reader);
      this.#admit();
    }
  }

  #admit(): void {
    for (const reader of this.#waiting) {
      if (this.#places.size >= placesMax) return;
      this.#waiting.delete(reader);
      this.#places.set(reader, this.#parts.now());
      reader.onPlace();
    }
  }
}
