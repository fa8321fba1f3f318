/** A timer that was started; `cancel` is allowed at any time, also after it fired. */
export interface Timer {
  cancel(): void;
}

/** Where time comes from. Nothing in Akasa asks the globals, so that a test can advance the time itself. */
export interface Clock {
  /** Milliseconds since some fixed moment, never going backwards. */
  now(): number;
  /** Milliseconds since 1970 by the wall clock; for what is shown to people or outlives the process. */
  wallTime(): number;
  /** Calls `run` once after `milliseconds`; does not keep the process alive. */
  after(milliseconds: number, run: () => void): Timer;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(milliseconds, run) {
    const timeout = setTimeout(run, milliseconds);
    timeout.unref();
    return { cancel: () => clearTimeout(timeout) };
  },
};

interface ManualTimer extends Timer {
  readonly due: number;
  readonly run: () => void;
}

/** A clock that stands still until a test advances it. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #epoch: number;
  #timers: ManualTimer[] = [];

  constructor(epoch = 1_700_000_000_000) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#epoch + this.#now;
  }

  after(milliseconds: number, run: () => void): Timer {
    const timer: ManualTimer = {
      due: this.#now + milliseconds,
      run,
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
    this.#timers.push(timer);
    return timer;
  }

  /** Moves the time on and runs, in order, every timer that becomes due on the way. */
  advance(milliseconds: number): void {
    const target = this.#now + milliseconds;
    for (;;) {
      let next: ManualTimer | undefined;
      for (const timer of this.#timers) {
        if (timer.due <= target && (next === undefined || timer.due < next.due)) next = timer;
      }
      if (next === undefined) break;
      next.cancel();
      this.#now = Math.max(this.#now, next.due);
      next.run();
    }
    this.#now = target;
  }
}
