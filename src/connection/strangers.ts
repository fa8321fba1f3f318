import type { Channel } from "../transport/mod.ts";

/** A connection that has said nothing yet. */
export interface Stranger {
  readonly channel: Channel;
}

/** What {@link Strangers} work with. */
export interface StrangersParts {
  /** The time of this turn in monotonic milliseconds. */
  readonly now: () => number;
  /** Makes sure that a turn comes to its end, at which {@link Strangers.endTurn} is called. */
  readonly wake: () => void;
  readonly after: (milliseconds: number, run: () => void) => void;
}

/**
 * Connections whose first bytes are listened for at the same time, and so the most CONNECTs that one turn can bring: a
 * few milliseconds of work, with what answering them costs.
 */
export const listenedMax = 64;

/** Milliseconds after which one that says nothing lets the next one speak. */
export const silentMilliseconds = 5;

/**
 * Decides which connections are listened to before their CONNECT. When thousands come at the same moment they may all
 * speak at once; what is not read yet waits in the kernel and costs those who are connected nothing.
 *
 * Rules: (1) at most {@link listenedMax} are listened to, in the order in which they came, and the input of the others
 * is paused; (2) who has spoken makes room for the next one when the turn ends, so that others come in between; (3) who
 * says nothing makes room too, and stands in line again, so silent ones hold nobody up; (4) as long as there are no
 * more than that nothing is paused and no timer runs.
 */
export class Strangers {
  readonly #parts: StrangersParts;
  /** Since when they are listened to, the first ones first. */
  readonly #listened = new Map<Stranger, number>();
  readonly #waiting = new Set<Stranger>();
  #timed = false;

  constructor(parts: StrangersParts) {
    this.#parts = parts;
  }

  /** Those that are listened to. */
  get listened(): number {
    return this.#listened.size;
  }

  /** Those that are not. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** A connection that was accepted. */
  enter(stranger: Stranger): void {
    if (this.#waiting.size === 0 && this.#listened.size < listenedMax) {
      this.#listened.set(stranger, this.#parts.now());
      return;
    }
    stranger.channel.pause();
    this.#waiting.add(stranger);
    this.#parts.wake();
  }

  /** It has spoken, or is gone. */
  leave(stranger: Stranger): void {
    // Its bytes may have been on their way when it was paused.
    if (this.#waiting.delete(stranger)) stranger.channel.resume();
    else if (this.#listened.delete(stranger) && this.#waiting.size > 0) this.#parts.wake();
  }

  /** At the end of a turn, when all that it brought was handled: the next ones may speak. */
  endTurn(): void {
    if (this.#waiting.size === 0) return;
    const now = this.#parts.now();
    this.#silence(now);
    for (const stranger of this.#waiting) {
      if (this.#listened.size >= listenedMax) break;
      this.#waiting.delete(stranger);
      this.#listened.set(stranger, now);
      stranger.channel.resume();
    }
    this.#comeBack();
  }

  /** Sends those who had their time to the end of the line. */
  #silence(now: number): void {
    // Not more than would take their places; those that wait behind them are the ones that were sent there before.
    let places = this.#waiting.size - (listenedMax - this.#listened.size);
    for (const [stranger, since] of this.#listened) {
      if (places <= 0 || now - since < silentMilliseconds) return;
      places--;
      this.#listened.delete(stranger);
      stranger.channel.pause();
      this.#waiting.add(stranger);
    }
  }

  #comeBack(): void {
    if (this.#timed || this.#waiting.size === 0) return;
    this.#timed = true;
    this.#parts.after(silentMilliseconds, () => {
      this.#timed = false;
      this.#parts.wake();
    });
  }
}
