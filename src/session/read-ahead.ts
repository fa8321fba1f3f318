const pageBytesMax = 1024 * 1024;
const pageBytesMin = 8 * 1024;

/**
 * Shares the memory for messages that are read from the store before their clients take them: while many sessions are
 * drained at once, each reads a little at a time.
 */
export class ReadAhead {
  readonly #bytesMax: number;
  #readers = 0;

  /** @param bytesMax bytes that all sessions together may read ahead */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes that a session may read at once. */
  get pageBytes(): number {
    return Math.min(pageBytesMax, Math.max(pageBytesMin, this.#bytesMax / 2 / Math.max(1, this.#readers)));
  }

  /** A session begins to read its queue. */
  begin(): void {
    this.#readers++;
  }

  end(): void {
    this.#readers--;
  }
}
