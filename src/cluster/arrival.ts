import type { Router, Subscription } from "../router/mod.ts";
import type { Receiver, SavedSubscription, Session } from "../session/mod.ts";
import type { Publication } from "../store/mod.ts";
import type { MessageSource } from "./message-source.ts";

/** What a {@link Arrival} works with. */
export interface ArrivalParts {
  readonly router: Router;
  readonly source: MessageSource;
  /** Messages that it may hold. */
  readonly messagesMax: number;
}

interface Held {
  readonly publication: Publication;
  readonly subscription: Subscription;
  readonly retain: boolean;
}

/**
 * A session on its way to this shard: subscribes in its place and holds what comes, until the session itself is here.
 * Messages of a shard count from when it has said that it sends them here and no more to the old place.
 */
export class Arrival implements Receiver {
  readonly clientId: string;
  readonly online = false;
  readonly load = 0;
  routeMark = 0;
  routeIndex = 0;
  /** Messages for which there was no room. */
  dropped = 0;
  readonly #parts: ArrivalParts;
  readonly #subscriptions: readonly Subscription[];
  readonly #moved = new Set<number>();
  #held: Held[] = [];

  constructor(clientId: string, subscriptions: readonly SavedSubscription[], parts: ArrivalParts) {
    this.clientId = clientId;
    this.#parts = parts;
    this.#subscriptions = subscriptions.map((saved) =>
      parts.router.subscribe(this, saved, saved.options, saved.identifier),
    );
  }

  mayReceive(): boolean {
    return true;
  }

  /** The shard sends the session's messages here from now on. */
  moved(shard: number): void {
    this.#moved.add(shard);
  }

  deliver(publication: Publication, subscription: Subscription, retain: boolean): void {
    // A message of a group is at one place only: what comes here is not at the old place.
    if (subscription.group === null && !this.#moved.has(this.#parts.source.shard)) return;
    if (this.#held.length >= this.#parts.messagesMax) this.dropped++;
    else this.#held.push({ publication: publication.keep(), subscription, retain });
  }

  /** The session is here, with the same subscriptions: gives it what was held. */
  finish(session: Session): void {
    const places = new Map<Subscription, Subscription>();
    let index = 0;
    for (const subscription of session.subscriptions) {
      places.set(this.#subscriptions[index++] as Subscription, subscription);
    }
    this.abandon();
    for (const { publication, subscription, retain } of this.#held) {
      session.deliver(publication, places.get(subscription) ?? subscription, retain);
    }
    this.#held = [];
  }

  /** The session does not come. */
  abandon(): void {
    for (const subscription of this.#subscriptions) this.#parts.router.unsubscribe(subscription);
  }
}
