import { AuthenticationCounters } from "./authentication-counters.ts";

/** How much of one kind of work goes on and waits. */
export interface WorkLimits {
  /** Tasks that run at the same time. */
  readonly concurrentMax: number;
  /** Tasks that wait for their turn; more are refused. */
  readonly waitingMax: number;
}

/** Runs a few asynchronous tasks at a time and lets a limited number wait, in order of arrival. */
export class BoundedWork {
  readonly #limits: WorkLimits;
  readonly #counters: AuthenticationCounters;
  /** Those that wait; the first of them is at `#next`. */
  #waiting: (() => void)[] = [];
  #next = 0;
  #running = 0;

  constructor(limits: WorkLimits, counters: AuthenticationCounters = new AuthenticationCounters()) {
    this.#limits = limits;
    this.#counters = counters;
  }

  /** Tasks that run or wait. */
  get size(): number {
    return this.#running + this.#waiting.length - this.#next;
  }

  /** Runs the task when its turn comes; null, at once, if too many wait already. */
  run<Result>(task: () => Promise<Result>): Promise<Result> | null {
    const { concurrentMax, waitingMax } = this.#limits;
    if (this.size >= concurrentMax + waitingMax) {
      this.#counters.busy++;
      return null;
    }
    return this.#runInTurn(task);
  }

  async #runInTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    this.#counters.waiting++;
    if (this.#running >= this.#limits.concurrentMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await task();
    } finally {
      this.#counters.waiting--;
      this.#passOn();
    }
  }

  /** The place goes to the next in line; only when nobody waits it becomes free. */
  #passOn(): void {
    const next = this.#waiting[this.#next];
    if (next === undefined) {
      this.#running--;
      return;
    }
    this.#next++;
    // Not one by one: shifting a long queue moves all that is behind.
    if (this.#next === this.#waiting.length || this.#next >= 1024) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    next();
  }
}
