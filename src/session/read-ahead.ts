import { Limit, type Statistics } from "./statistics.ts";

const pageBytesMax = 1024 * 1024;
const pageBytesMin = 8 * 1024;

/**
 * Shares the memory for messages that are read from the store before their clients take them: while many sessions are
 * drained at once, each reads a little at a time.
 */
export class ReadAhead {
  readonly #bytesMax: number;
  readonly #statistics: Statistics;
  #readers = 0;

  /** @param bytesMax bytes that all sessions together may read ahead */
  constructor(bytesMax: number, statistics: Statistics) {
    this.#bytesMax = bytesMax;
    this.#statistics = statistics;
  }

  /** Bytes that a session may read at once. */
  get pageBytes(): number {
    return Math.min(pageBytesMax, Math.max(pageBytesMin, this.#bytesMax / 2 / Math.max(1, this.#readers)));
  }

  /** A session begins to read its queue. */
  begin(): void {
    this.#readers++;
    if (this.pageBytes < pageBytesMax) this.#statistics.reached(Limit.readAhead);
  }

  end(): void {
    this.#readers--;
  }
}
