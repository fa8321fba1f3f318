import { parseFilter, type Qos } from "../protocol/mod.ts";
import type { Router } from "../router/mod.ts";
import type { Publication, RetainedStore, StoredQueue, StoreVisitor } from "../store/mod.ts";
import type { DurableQueue } from "./durable-queue.ts";
import type { SessionRegistry } from "./registry.ts";
import type { Session } from "./session.ts";

/** What {@link SessionRestorer} fills. */
export interface RestorerParts {
  readonly registry: SessionRegistry;
  readonly router: Router;
  readonly retained: RetainedStore;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Turns wall clock milliseconds into monotonic ones. */
  readonly monotonicOf: (wall: number) => number;
}

/** Makes sessions, subscriptions and retained messages out of what a store holds, before the first client comes. */
export class SessionRestorer implements StoreVisitor {
  /** Subscriptions whose filters this version does not take, and retained messages that the limits do not allow. */
  refused = 0;
  readonly #parts: RestorerParts;
  readonly #sessions = new Map<number, { readonly session: Session; offlineSince: number }>();

  constructor(parts: RestorerParts) {
    this.#parts = parts;
  }

  session(session: number, clientId: string, expirySeconds: number): void {
    const restored = this.#parts.registry.restore(clientId, session, expirySeconds);
    // Who was online when the process ended is away since now: nobody loses time over our restart.
    this.#sessions.set(session, { session: restored, offlineSince: this.#parts.now() });
  }

  presence(session: number, offlineSince: number, sentTo: number, quota: number): void {
    const restored = this.#sessions.get(session);
    const durable = restored?.session.durable;
    if (restored === undefined || durable === null || durable === undefined) return;
    durable.sentTo = sentTo;
    durable.lastSequence = sentTo;
    if (offlineSince > 0) restored.offlineSince = this.#parts.monotonicOf(offlineSince);
    else durable.unsureCount = quota;
  }

  subscription(session: number, filter: string, options: number, identifier: number): void {
    const restored = this.#sessions.get(session)?.session;
    const target = parseFilter(filter);
    if (restored === undefined) return;
    if (target === null || restored.subscriptions.get(target) !== null) {
      this.refused++;
      return;
    }
    const { router } = this.#parts;
    const qos = Math.min(options & 3, 2) as Qos;
    const flags = { noLocal: (options & 4) !== 0, retainAsPublished: (options & 8) !== 0, retainHandling: 0 } as const;
    restored.subscriptions.add(router.subscribe(restored, target, { qos, ...flags }, identifier));
  }

  will(session: number, publication: Publication, delaySeconds: number): void {
    const restored = this.#sessions.get(session)?.session;
    if (restored === undefined) return;
    restored.will = { publication, delaySeconds };
    (restored.durable as DurableQueue).hasWill = true;
  }

  received(session: number, packetId: number): void {
    this.#sessions.get(session)?.session.receivedBefore(packetId);
  }

  queue({ session, messages, bytes, lastSequence }: StoredQueue): void {
    const durable = this.#sessions.get(session)?.session.durable;
    if (durable === null || durable === undefined) return;
    durable.messages = messages;
    durable.bytes = bytes;
    durable.lastSequence = Math.max(durable.lastSequence, lastSequence);
    if (durable.unsureCount > 0) durable.unsureTo = lastSequence;
  }

  retained(publication: Publication): void {
    if (publication.secondsLeft(this.#parts.now()) === 0) return;
    if (this.#parts.retained.set(publication) !== null) this.refused++;
  }

  /** Everything is there: the time of the sessions goes on. Those whose time is over end at once. */
  finish(): void {
    for (const { session, offlineSince } of this.#sessions.values()) {
      this.#parts.registry.resume(session, offlineSince);
    }
  }
}
