/**
 * Lets so many reads run at a time; the others wait for their turn, in their order. Each holds blocks of many files
 * while it runs, and no more can run at once than the database has threads.
 */
export class ReadTurns {
  readonly #max: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  async run<T>(read: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#max) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await read();
    } finally {
      // Who comes next takes over the place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
