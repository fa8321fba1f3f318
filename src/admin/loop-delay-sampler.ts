import type { Clock, Timer } from "../base/mod.ts";

/** Milliseconds between two looks. */
const interval = 20;

/** Observes, in seconds, how late the event loop is with a timer. */
export class LoopDelaySampler {
  readonly #clock: Clock;
  readonly #observe: (seconds: number) => void;
  #due: number;
  #timer: Timer;

  constructor(clock: Clock, observe: (seconds: number) => void) {
    this.#clock = clock;
    this.#observe = observe;
    this.#due = clock.now() + interval;
    this.#timer = clock.after(interval, () => this.#look());
  }

  stop(): void {
    this.#timer.cancel();
  }

  #look(): void {
    const now = this.#clock.now();
    // A timer may come a fraction of a millisecond early.
    this.#observe(Math.max(0, now - this.#due) / 1000);
    this.#due = now + interval;
    this.#timer = this.#clock.after(interval, () => this.#look());
  }
}
