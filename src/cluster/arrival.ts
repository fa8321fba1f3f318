import type { Router, Subscription } from "../router/mod.ts";
import type { ArrivedMessage, ArrivingQueue, Receiver, SavedSubscription, Session } from "../session/mod.ts";
import type { Publication } from "../store/mod.ts";
import type { MessageSource } from "./message-source.ts";

/** What a {@link Arrival} works with. */
export interface ArrivalParts {
  readonly router: Router;
  readonly source: MessageSource;
  /** Messages that it may hold. */
  readonly messagesMax: number;
  /** Records what comes meanwhile, where the store knows the session. */
  readonly queue: ArrivingQueue;
  /** Sources that have not said that they send the session's messages here. */
  readonly waiting: Set<number>;
}

/**
 * A session on its way to this shard: subscribes in its place and holds what comes, until the session itself is here.
 * Messages of a shard count from when it has said that it sends them here and no more to the old place. Where the store
 * knows the session they are recorded in its queue at once, behind all that the old place may have.
 */
export class Arrival implements Receiver {
  readonly clientId: string;
  readonly online = false;
  readonly load = 0;
  routeMark = 0;
  routeIndex = 0;
  /** Messages for which there was no room. */
  dropped = 0;
  readonly waiting: Set<number>;
  readonly #parts: ArrivalParts;
  readonly #subscriptions: readonly Subscription[];
  #held: ArrivedMessage[] = [];

  constructor(clientId: string, subscriptions: readonly SavedSubscription[], parts: ArrivalParts) {
    this.clientId = clientId;
    this.waiting = parts.waiting;
    this.#parts = parts;
    this.#subscriptions = subscriptions.map((saved) =>
      parts.router.subscribe(this, saved, saved.options, saved.identifier),
    );
  }

  get lasting(): boolean {
    return this.#parts.queue.isStored;
  }

  mayReceive(): boolean {
    return true;
  }

  /** The source sends the session's messages here from now on. */
  moved(source: number): void {
    this.waiting.delete(source);
  }

  deliver(publication: Publication, subscription: Subscription, retain: boolean): void {
    // A message of a group is at one place only: what comes here is not at the old place.
    if (subscription.group === null && this.waiting.has(this.#parts.source.shard)) return;
    if (this.#held.length >= this.#parts.messagesMax) this.dropped++;
    else this.#held.push(this.#parts.queue.record(publication, subscription, retain));
  }

  /** The session is here, with the same subscriptions: gives it what was held. */
  finish(session: Session): void {
    const places = new Map<Subscription, Subscription>();
    let index = 0;
    for (const subscription of session.subscriptions) {
      places.set(this.#subscriptions[index++] as Subscription, subscription);
    }
    this.abandon();
    for (const message of this.#held) {
      session.takeArrived({ ...message, subscription: places.get(message.subscription) ?? message.subscription });
    }
    this.#held = [];
  }

  /** The session does not come. */
  abandon(): void {
    for (const subscription of this.#subscriptions) this.#parts.router.unsubscribe(subscription);
  }
}
