import type { Subscription } from "../router/mod.ts";
import type { Session } from "../session/mod.ts";
import type { RetainedCursor } from "../store/mod.ts";

/** Topics looked at for each message that may be delivered: a walk that finds little has to end its turn too. */
const stepsPerMessage = 16;

/**
 * The retained messages that a new subscription is still owed (MQTT 5.0 section 3.3.1.3). A hundred thousand of them
 * are sent in many turns, as fast as the client takes them: nothing is queued for it, nobody else waits.
 */
export class RetainedReplay {
  readonly subscription: Subscription;
  readonly #cursor: RetainedCursor;

  constructor(subscription: Subscription, cursor: RetainedCursor) {
    this.subscription = subscription;
    this.#cursor = cursor;
  }

  /** True once all were delivered. */
  get done(): boolean {
    return this.#cursor.done;
  }

  /**
   * Delivers up to `count` messages, or fewer where `ready` says that the client cannot take more now. A stretch of the
   * walk without a match counts as one.
   * @returns what is left of `count`
   */
  run(session: Session, count: number, now: number, ready: () => boolean): number {
    let left = count;
    for (; left > 0 && !this.#cursor.done && ready(); left--) {
      const message = this.#cursor.next(stepsPerMessage);
      if (message === null) continue;
      // [MQTT-3.3.2-5]
      if (message.secondsLeft(now) === 0) continue;
      // [MQTT-3.3.1-8 of 3.1.1] RETAIN is 1 on all that is sent because of a new subscription.
      session.deliver(message, this.subscription, true);
    }
    return left;
  }
}
