/**
 * Lets through so much a second on average, and so much at once. What was let through already is counted also where it
 * was more than there was: the level is then below zero, and the time until it is not is what has to be waited.
 */
export class TokenBucket {
  readonly #perMillisecond: number;
  readonly #capacity: number;
  #level: number;
  #filledAt: number;

  /**
   * @param perSecond what comes in per second; the bucket holds as much as comes in one second, and at least 1
   * @param now monotonic milliseconds
   */
  constructor(perSecond: number, now: number) {
    this.#perMillisecond = perSecond / 1000;
    this.#capacity = Math.max(1, perSecond);
    this.#level = this.#capacity;
    this.#filledAt = now;
  }

  /** Takes so much, whether it is there or not; answers the milliseconds to wait until nothing is owed, 0: none. */
  take(amount: number, now: number): number {
    this.#fill(now);
    this.#level -= amount;
    return this.#level >= 0 ? 0 : Math.ceil(-this.#level / this.#perMillisecond);
  }

  /** Takes so much if it is there; false if not. */
  tryTake(amount: number, now: number): boolean {
    this.#fill(now);
    if (this.#level < amount) return false;
    this.#level -= amount;
    return true;
  }

  #fill(now: number): void {
    this.#level = Math.min(this.#capacity, this.#level + (now - this.#filledAt) * this.#perMillisecond);
    this.#filledAt = now;
  }
}
