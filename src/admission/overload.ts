/** When the broker takes no new connections, so that those it has do not suffer. */
export interface OverloadTerms {
  /** Bytes of memory of the process above which it does not. */
  readonly memoryBytesMax: number;
  /** Milliseconds by which timers are late above which it does not; 0: however late. */
  readonly delayMillisecondsMax: number;
}

/** Looks in a row that have to be late: a single pause is none of ours to judge. */
const lateLooks = 5;

/** Looks at how late the loop is at every tick of the broker, and at memory when that is asked for. */
export class Overload {
  readonly #terms: OverloadTerms;
  readonly #memoryUsed: () => number;
  #lateInARow = 0;
  #memoryOver = false;
  /** True where the memory was not looked at since the last tick: only who asks pays for it. */
  #memoryStale = true;

  /** @param memoryUsed bytes of the process that are in memory now */
  constructor(terms: OverloadTerms, memoryUsed: () => number) {
    this.#terms = terms;
    this.#memoryUsed = memoryUsed;
  }

  /** True while the process uses more memory than it may. */
  get memoryOver(): boolean {
    if (this.#memoryStale) this.#memoryOver = this.#memoryUsed() > this.#terms.memoryBytesMax;
    this.#memoryStale = false;
    return this.#memoryOver;
  }

  /** True while the loop is late again and again. */
  get loopLate(): boolean {
    return this.#lateInARow >= lateLooks;
  }

  /** @param lateMilliseconds how late this look is */
  look(lateMilliseconds: number): void {
    const { delayMillisecondsMax } = this.#terms;
    const late = delayMillisecondsMax > 0 && lateMilliseconds > delayMillisecondsMax;
    this.#lateInARow = late ? this.#lateInARow + 1 : 0;
    this.#memoryStale = true;
  }
}
