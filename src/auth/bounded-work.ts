/** Runs a few asynchronous tasks at a time and lets a limited number wait, in order of arrival. */
export class BoundedWork {
  readonly #concurrentMax: number;
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(concurrentMax: number, waitingMax: number) {
    this.#concurrentMax = concurrentMax;
    this.#waitingMax = waitingMax;
  }

  /** Tasks that run or wait. */
  get size(): number {
    return this.#running + this.#waiting.length;
  }

  /** Runs the task when its turn comes; null, at once, if too many wait already. */
  run<Result>(task: () => Promise<Result>): Promise<Result> | null {
    if (this.#running >= this.#concurrentMax && this.#waiting.length >= this.#waitingMax) return null;
    return this.#runInTurn(task);
  }

  async #runInTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#concurrentMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await task();
    } finally {
      // The place goes to the next in line; only when nobody waits it becomes free.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
