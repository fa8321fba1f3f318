import { parseFilter, type Qos } from "../protocol/mod.ts";
import type { Router, Subscriber } from "../router/mod.ts";
import type {
  EventLog,
  Publication,
  RetainedStore,
  SessionMark,
  StoredDelayed,
  StoredQueue,
  StoreVisitor,
  Transit,
} from "../store/mod.ts";
import { sequencesLeft } from "./arriving-queue.ts";
import type { DelayedMessages } from "./delayed-messages.ts";
import type { DurableQueue } from "./durable-queue.ts";
import type { SessionRegistry } from "./registry.ts";
import { Session } from "./session.ts";

/** What {@link SessionRestorer} fills. */
export interface RestorerParts {
  readonly registry: SessionRegistry;
  readonly delayed: DelayedMessages;
  readonly router: Router;
  readonly retained: RetainedStore;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Turns wall clock milliseconds into monotonic ones. */
  readonly monotonicOf: (wall: number) => number;
}

interface RestoredSession {
  readonly session: Session;
  offlineSince: number;
  place: number | null;
  /** As the store has it: end, last sequence sent, quota. */
  presence: [number, number, number] | null;
}

/** The place of a session that was moving when the process ended; "old" for one that was not. */
export type LatePlace = "old" | "new";

/** Makes sessions, subscriptions and retained messages out of what a store holds, before the first client comes. */
export class SessionRestorer implements StoreVisitor {
  /** Subscriptions whose filters this version does not take, and retained messages that the limits do not allow. */
  refused = 0;
  readonly #parts: RestorerParts;
  /** What was on its way to sessions when the process ended. */
  readonly left: Transit[] = [];
  readonly #sessions = new Map<number, RestoredSession>();
  /** 1970 on the monotonic clock; looked up once, so that what was in order stays so to the millisecond. */
  readonly #epoch: number;
  /** By session; those of one moment behind those of an earlier one. */
  readonly #marks = new Map<number, SessionMark[]>();
  /** What waited for sessions in the store. */
  readonly #queues = new Map<number, StoredQueue>();

  constructor(parts: RestorerParts) {
    this.#parts = parts;
    this.#epoch = parts.monotonicOf(0);
  }

  session(session: number, clientId: string, expirySeconds: number): void {
    const restored = this.#parts.registry.restore(clientId, session, expirySeconds);
    // Who was online when the process ended is away since now: nobody loses time over our restart.
    this.#sessions.set(session, { session: restored, offlineSince: this.#parts.now(), place: null, presence: null });
  }

  presence(session: number, offlineSince: number, sentTo: number, quota: number): void {
    const restored = this.#sessions.get(session);
    const durable = restored?.session.durable;
    if (restored === undefined || durable === null || durable === undefined) return;
    restored.presence = [offlineSince, sentTo, quota];
    durable.sentTo = sentTo;
    durable.lastSequence = sentTo;
    if (offlineSince > 0) restored.offlineSince = this.#parts.monotonicOf(offlineSince);
    else durable.unsureCount = quota;
  }

  place(session: number, place: number | null): void {
    const restored = this.#sessions.get(session);
    if (restored !== undefined) restored.place = place;
  }

  transit(transit: Transit): void {
    this.left.push(transit);
  }

  mark(mark: SessionMark): void {
    const known = this.#marks.get(mark.session);
    if (known === undefined) this.#marks.set(mark.session, [mark]);
    else known.push(mark);
  }

  /**
   * What a session that was moving is to have of what was on its way when the process ended comes in two parts: first
   * what was for its old place, which stands in front of all that its new place has recorded, then the rest.
   */
  takeFor(place: LatePlace): void {
    for (const [session, marks] of this.#marks) {
      const durable = this.#sessions.get(session)?.session.durable;
      const moment = marks.at(-1)?.moment;
      const arrival = marks.find((mark) => mark.moment === moment && mark.arrivesBehind > 0);
      if (durable === null || durable === undefined || arrival === undefined) continue;
      const { arrivesBehind } = arrival;
      const { lastSequence, beforeGap } = this.#queues.get(session) ?? { lastSequence: 0, beforeGap: 0 };
      if (place === "new") durable.lastSequence = Math.max(durable.lastSequence, lastSequence, arrivesBehind);
      else if (lastSequence > arrivesBehind) durable.lastSequence = Math.max(beforeGap, arrivesBehind - sequencesLeft);
    }
  }

  /**
   * For whom something was on its way when the process ended: the old place had it for the session until the sender had
   * said that the session moves, the new one from then on.
   */
  readonly isFor = (subscriber: Subscriber, { place, from, number }: Transit): LatePlace | null => {
    if (!(subscriber instanceof Session) || subscriber.durable === null) return null;
    const { session } = subscriber.durable;
    const marks = this.#marks.get(session);
    if (marks === undefined) return this.#sessions.get(session)?.place === place ? "old" : null;
    const last = marks.at(-1) as SessionMark;
    const own = marks.findLast((mark) => mark.from === from);
    if (own === undefined) return last.oldPlace === place ? "old" : null;
    if (own.newPlace !== place) return own.oldPlace === place && number < own.number ? "old" : null;
    if (number < own.number) return null;
    return own.moment === last.moment ? "new" : "old";
  };

  /** The marks of sessions that are here, which are of no use any more. */
  removeMarks(log: EventLog, places: number): void {
    for (const session of this.#sessions.keys()) {
      for (const { moment, from } of this.#marks.get(session) ?? []) {
        log.unmarked(session, moment, Math.max(places, from + 1));
      }
    }
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

  queue(queue: StoredQueue): void {
    const { session, messages, bytes, lastSequence, beforeGap } = queue;
    const durable = this.#sessions.get(session)?.session.durable;
    if (durable === null || durable === undefined) return;
    if (beforeGap > 0 || lastSequence >= sequencesLeft) this.#queues.set(session, queue);
    durable.messages = messages;
    durable.bytes = bytes;
    durable.lastSequence = Math.max(durable.lastSequence, lastSequence);
    if (durable.unsureCount > 0) durable.unsureTo = lastSequence;
  }

  retained(publication: Publication): void {
    if (publication.secondsLeft(this.#parts.now()) === 0) return;
    if (this.#parts.retained.set(publication) !== null) this.refused++;
  }

  delayed(message: StoredDelayed): void {
    this.#parts.delayed.restore(message, this.#epoch + message.due);
  }

  /** Records that the sessions are at this shard's place now. */
  recordPlaces(log: EventLog): void {
    for (const [session, { place, presence }] of this.#sessions) {
      if (place !== log.place && presence !== null) log.presence(session, ...presence);
    }
  }

  /** Everything is there: the time of the sessions goes on. Those whose time is over end at once. */
  finish(): void {
    for (const { session, offlineSince } of this.#sessions.values()) {
      this.#parts.registry.resume(session, offlineSince);
    }
  }
}
