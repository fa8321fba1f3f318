import type { Clock } from "../base/mod.ts";

/** Milliseconds without a crash after which the next one counts as the first. */
const quietMilliseconds = 30_000;

const pauseMillisecondsMin = 1000;
const pauseMillisecondsMax = 30_000;

/** How long to wait before what has crashed is started again: not at first, and longer each time it goes on so. */
export class CrashPauses {
  readonly #clock: Clock;
  #crashes = 0;
  #lastAt = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It has crashed; answers milliseconds. */
  next(): number {
    const now = this.#clock.now();
    // A pause is no quiet time.
    if (now - this.#lastAt > quietMilliseconds + this.#pause()) this.#crashes = 0;
    this.#lastAt = now;
    this.#crashes++;
    return this.#pause();
  }

  #pause(): number {
    if (this.#crashes < 2) return 0;
    return Math.min(pauseMillisecondsMax, pauseMillisecondsMin * 2 ** (this.#crashes - 2));
  }
}
