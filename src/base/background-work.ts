/**
 * Work that would hold up a loop if it were done in one go: cut into steps, a few milliseconds of them per turn. First
 * come, first served.
 */
export class BackgroundWork {
  readonly #now: () => number;
  readonly #steps: (() => boolean)[] = [];
  #next = 0;

  /** @param now monotonic milliseconds, read between two steps */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Pieces of work that are not finished. */
  get size(): number {
    return this.#steps.length - this.#next;
  }

  /** Adds a piece of work; `step` does a little of it and answers true when all is done. */
  add(step: () => boolean): void {
    this.#steps.push(step);
  }

  /** Does steps for about `milliseconds`, at least one; what is not finished goes on at the next call. */
  run(milliseconds: number): void {
    const end = this.#now() + milliseconds;
    while (this.#next < this.#steps.length) {
      if ((this.#steps[this.#next] as () => boolean)()) this.#next++;
      if (this.#now() >= end) break;
    }
    // What is finished must not be held by what is not.
    this.#steps.splice(0, this.#next);
    this.#next = 0;
  }
}
