import type { Router, Subscription } from "../router/mod.ts";
import { type Receiver, saveSession, type Session, type SessionState } from "../session/mod.ts";
import type { Publication } from "../store/mod.ts";
import type { MessageSource } from "./message-source.ts";

/** What a {@link Departure} works with. */
export interface DepartureParts {
  readonly router: Router;
  readonly source: MessageSource;
  /** The sources whose messages still come to the session here. */
  readonly waiting: Set<number>;
}

/**
 * A session on its way from this shard to another. It still takes messages, shard by shard until that shard has said
 * that it knows the new place: from then on the new place takes them.
 */
export class Departure implements Receiver {
  readonly clientId: string;
  readonly online = false;
  readonly load = 0;
  routeMark = 0;
  routeIndex = 0;
  /** The shard that has claimed it. */
  readonly to: number;
  /** When it was claimed. */
  readonly moment: number;
  /** Sources that have not said that they know the new place. */
  readonly waiting: Set<number>;
  #isSettling = false;
  #hasGroups = true;
  readonly #session: Session;
  readonly #router: Router;
  readonly #source: MessageSource;
  readonly #subscriptions: Subscription[] = [];
  readonly #moved = new Set<number>();

  constructor(session: Session, claim: { readonly to: number; readonly moment: number }, parts: DepartureParts) {
    this.clientId = session.clientId;
    this.to = claim.to;
    this.moment = claim.moment;
    this.waiting = parts.waiting;
    this.#session = session;
    this.#router = parts.router;
    this.#source = parts.source;
    for (const subscription of session.subscriptions) if (subscription.group === null) this.#takePlaceOf(subscription);
  }

  /** True where the store knows the session. */
  get lasting(): boolean {
    return this.#session.lasting;
  }

  /** The session, which this shard still has. */
  get session(): Session {
    return this.#session;
  }

  mayReceive(): boolean {
    return true;
  }

  deliver(publication: Publication, subscription: Subscription, retain: boolean): void {
    if (!this.#moved.has(this.#source.shard)) this.#session.deliver(publication, subscription, retain);
  }

  /** The shard sends the session's messages to its new place from now on. */
  moved(shard: number): void {
    this.#moved.add(shard);
    this.waiting.delete(shard);
  }

  /** True while what the new place needs is on its way into the store. */
  get isSettling(): boolean {
    return this.#isSettling;
  }

  /** What the new place needs goes into the store: from now on the session takes nothing more. */
  settle(): void {
    this.#isSettling = true;
    this.#leaveGroups();
  }

  /** Ends the session here and answers all that it was. */
  finish(now: number): SessionState {
    const state = saveSession(this.#session, now);
    for (const subscription of this.#subscriptions) this.#router.unsubscribe(subscription);
    this.#leaveGroups();
    this.#session.clear();
    return state;
  }

  #leaveGroups(): void {
    if (!this.#hasGroups) return;
    this.#hasGroups = false;
    for (const subscription of this.#session.subscriptions) {
      if (subscription.group !== null) this.#router.unsubscribe(subscription);
    }
  }

  #takePlaceOf(subscription: Subscription): void {
    const { node, qos, noLocal, retainAsPublished, identifiers } = subscription;
    const options = { qos, noLocal, retainAsPublished, retainHandling: 2 } as const;
    const target = { filter: node.filter, shareName: null };
    // First the new one: the filter is wanted without a gap.
    this.#subscriptions.push(this.#router.subscribe(this, target, options, identifiers?.[0] ?? 0));
    this.#router.unsubscribe(subscription);
  }
}
