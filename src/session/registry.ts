import { allowed, type Decision, type Permissions } from "../auth/mod.ts";
import { assert, StripedMap, type TimerWheel } from "../base/mod.ts";
import { HookMessage, type HookRunner } from "../hooks/mod.ts";
import type { Router, Subscription } from "../router/mod.ts";
import type { Journal } from "../store/mod.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { DurableQueue } from "./durable-queue.ts";
import { tellDropped } from "./hooked-delivery.ts";
import type { Outlet } from "./outlet.ts";
import { ReadAhead } from "./read-ahead.ts";
import { Session } from "./session.ts";
import type { SessionContext } from "./session-context.ts";
import { handOverStored } from "./stored-handover.ts";
import { neverExpires, type QueueLimits, type SessionSettings } from "./settings.ts";
import { DeniedAction, DropReason, type Statistics } from "./statistics.ts";
import { restoreSession } from "./move-session.ts";
import type { SessionState } from "./session-state.ts";
import type { ArmedWill } from "./will.ts";

/** What a {@link SessionRegistry} works with. */
export interface RegistryParts {
  readonly router: Router;
  readonly dispatcher: Dispatcher;
  readonly settings: SessionSettings;
  readonly statistics: Statistics;
  readonly hooks: HookRunner;
  readonly wheel: TimerWheel;
  readonly now: () => number;
  /** Milliseconds since 1970, for what outlives the process. */
  readonly wallTime: () => number;
  readonly journal: Journal;
  /** Messages that stood in the store could not be read. */
  readonly onUnreadable: (session: Session, error: unknown) => void;
  /** Calls `step` in later turns until it answers true. */
  readonly workLater: (step: () => boolean) => void;
}

/** Subscriptions of an ending session that are removed at once; those of a larger one are removed in steps of it. */
const subscriptionsAtOnce = 256;

/** What a CONNECT asks of the sessions. */
export interface OpenRequest {
  readonly clientId: string;
  readonly cleanStart: boolean;
  readonly expirySeconds: number;
  readonly outlet: Outlet;
  /** What the client may do; null: everything. */
  readonly permissions: Permissions | null;
  /** How much may wait for it; absent: as the settings say. */
  readonly queueLimits?: QueueLimits;
  readonly will: ArmedWill | null;
}

/**
 * All sessions by client id, and the rules of their coming and going: take-over, expiry, wills.
 *
 *     open ----> online ----- leave ----> offline -- open --> online
 *                  |                       |   |
 *                  | expiry 0        will due  expiry over, or open with Clean Start
 *                  v                       |   v
 *                 end <--------------------|- end        a will that still waits is published when its session ends
 *                                          v
 *                                        publish
 */
export class SessionRegistry {
  readonly #sessions = new StripedMap<Session>();
  readonly #parts: RegistryParts;
  readonly #context: SessionContext;
  /** Sessions that go on sending once more has been committed. */
  #held = new Set<Session>();

  constructor(parts: RegistryParts) {
    this.#parts = parts;
    this.#context = {
      settings: parts.settings,
      statistics: parts.statistics,
      hooks: parts.hooks,
      now: parts.now,
      readAhead: new ReadAhead({
        bytesMax: parts.settings.readAheadBytesMax,
        statistics: parts.statistics,
        now: parts.now,
      }),
      pumpWhenCommitted: (session) => void this.#held.add(session),
      onUnreadable: parts.onUnreadable,
      onTimer: (session) => this.#timer(session),
    };
  }

  /** Sessions, online or not. */
  get size(): number {
    return this.#sessions.size;
  }

  get(clientId: string): Session | null {
    return this.#sessions.get(clientId) ?? null;
  }

  /** All sessions. */
  values(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  /**
   * Gives the client its session: the one it has, or a new one. A connection that served it until now is told and let
   * go [MQTT-3.1.4-3]; it cannot object.
   */
  open(request: OpenRequest): { session: Session; present: boolean } {
    const { clientId, cleanStart } = request;
    const { hooks } = this.#parts;
    let session = this.#takeOver(clientId, cleanStart);
    const present = session !== null;
    if (session === null) {
      session = new Session(clientId, this.#context);
      this.#sessions.set(clientId, session);
    }
    this.#parts.wheel.cancel(session);
    session.endsAt = Infinity;
    // [MQTT-3.1.3-9] A return in time: the will that waited is not published. The new CONNECT brings its own, or none.
    session.willAt = Infinity;
    session.will = request.will;
    session.expirySeconds = Math.min(request.expirySeconds, this.#parts.settings.sessionExpirySecondsMax);
    session.outlet = request.outlet;
    session.permissions = request.permissions;
    session.queueLimits = request.queueLimits ?? this.#parts.settings;
    this.#recordOpen(session, present);
    this.#parts.statistics.clients++;
    for (const subscription of session.subscriptions.shared) subscription.group?.refresh(subscription);
    const point = present ? hooks.sessionResumed : hooks.sessionCreated;
    if (point !== null) hooks.observe(point, { clientId });
    return { session, present };
  }

  /** A session of the store, before the first client comes. */
  restore(clientId: string, session: number, expirySeconds: number): Session {
    const { log } = this.#parts.journal;
    assert(log !== null, "a session comes from a store");
    // An older one of the same client had ended, and the process before it could be forgotten.
    const older = this.#sessions.get(clientId)?.durable ?? null;
    if (older !== null) log.ended(older.session);
    const restored = new Session(clientId, this.#context);
    restored.expirySeconds = expirySeconds;
    restored.durable = new DurableQueue(session, this.#parts.journal, log, expirySeconds);
    this.#sessions.set(clientId, restored);
    return restored;
  }

  /**
   * All that belongs to a restored session is there: its time goes on.
   * @param offlineSince monotonic milliseconds
   */
  resume(session: Session, offlineSince: number): void {
    this.#startTimers(session, offlineSince);
  }

  /** Called several times a second. @param now monotonic milliseconds */
  onTick(now: number): void {
    this.#context.readAhead.onTick(now);
  }

  /** More has been committed: sessions that waited for it go on. */
  committed(): void {
    if (this.#held.size === 0) return;
    const held = this.#held;
    this.#held = new Set();
    for (const session of held) session.outlet?.pumpLater();
  }

  /** The client's session as it goes on with another connection; null: there is none, or none any more. */
  #takeOver(clientId: string, cleanStart: boolean): Session | null {
    const old = this.get(clientId);
    if (old?.outlet) {
      this.#parts.statistics.takeovers++;
      const outlet = old.outlet;
      const { hooks } = this.#parts;
      if (hooks.sessionTakenOver !== null) hooks.observe(hooks.sessionTakenOver, { clientId });
      this.#detach(old, cleanStart ? "end" : "resume");
      outlet.takenOver();
    }
    const session = this.get(clientId);
    // [MQTT-3.1.2-4]
    if (session === null || !cleanStart) return session;
    this.#tellDiscarded(clientId, "cleanStart");
    this.end(session);
    return null;
  }

  /**
   * Gives up the client's session, because another shard goes on with it; its connection is told and let go. It still
   * takes what is delivered to it, until its subscriptions are taken off it. Answers null where nothing is to go on.
   */
  surrender(clientId: string, cleanStart: boolean): Session | null {
    const wasOnline = this.get(clientId)?.online === true;
    const session = this.#takeOver(clientId, cleanStart);
    if (session === null) return null;
    if (wasOnline) this.#startTimers(session, this.#parts.now());
    session.rewind();
    this.#parts.wheel.cancel(session);
    session.durable?.stopReading();
    this.#sessions.delete(clientId);
    return session;
  }

  /**
   * Records that the session goes to the shard at `place`: where the store knows it, everything that another shard
   * needs is recorded then.
   */
  handOver(session: Session, place: number): void {
    const { durable, expirySeconds, endsAt } = session;
    if (durable === null) return;
    this.#recordExpiry(session, durable);
    const { now, wallTime } = this.#parts;
    const offlineSince = endsAt === Infinity ? now() : endsAt - expirySeconds * 1000;
    durable.log.handedOver(durable.session, wallTime() + offlineSince - now(), durable.sentTo, place);
    if (session.will === null) recordNoWill(session);
  }

  /** Takes in a session that another shard has given up; its client is not connected yet. */
  adopt(state: SessionState): Session {
    const session = new Session(state.clientId, this.#context);
    const { log } = this.#parts.journal;
    if (state.stored !== null && log !== null) {
      session.durable = DurableQueue.from(state.stored, this.#parts.journal, log);
    }
    this.#sessions.set(state.clientId, session);
    restoreSession(session, state, this.#parts.router, this.#parts.now());
    if (log !== null && log.place !== null) this.handOver(session, log.place);
    this.#schedule(session);
    return session;
  }

  /** Looks for messages that another shard has recorded in the session's queue behind its own. */
  findRecorded(session: Session): void {
    session.durable?.findRecorded().catch((error: unknown) => this.#parts.onUnreadable(session, error));
  }

  /** The session's connection is over. Its will is still armed where it is to be published. */
  leave(session: Session): void {
    this.#detach(session, "wait");
  }

  /** Ends a session: publishes a will that waits, and forgets everything. */
  end(session: Session): void {
    this.#parts.wheel.cancel(session);
    if (this.#sessions.get(session.clientId) === session) this.#sessions.delete(session.clientId);
    if (session.outlet !== null) {
      session.outlet = null;
      this.#parts.statistics.clients--;
    }
    // Nothing is delivered to it from now on: neither its will nor what it leaves to its groups comes back.
    session.expirySeconds = 0;
    const { durable } = session;
    const kept = durable !== null && session.subscriptions.hasShared ? durable.messages : 0;
    if (kept === 0) durable?.log.ended(durable.session);
    this.#unsubscribeAll(session);
    this.#publishWill(session);
    this.#parts.dispatcher.redispatch(
      session.takeShared(() => true),
      session,
    );
    this.#countDropped(session.clientId, session.queued - kept);
    session.clear();
    if (durable !== null && kept > 0) void this.#endAfterHandover(session, durable);
  }

  #countDropped(clientId: string, queued: number): void {
    const { hooks, statistics } = this.#parts;
    const dropped = statistics.messagesDropped;
    dropped[DropReason.sessionEnded] = (dropped[DropReason.sessionEnded] as number) + queued;
    if (hooks.dropped === null || queued === 0) return;
    tellDropped(hooks, hooks.dropped, DropReason.sessionEnded, { clientId, publication: null, count: queued });
  }

  #tellDiscarded(clientId: string, cause: "cleanStart" | "disconnected"): void {
    const { hooks } = this.#parts;
    if (hooks.sessionDiscarded !== null) hooks.observe(hooks.sessionDiscarded, { clientId, cause });
  }

  #unsubscribeAll(session: Session): void {
    const { subscriptions } = session;
    const many = subscriptions.size > subscriptionsAtOnce;
    // A group must not choose a member that is no more; subscriptions of its own can wait their turn.
    for (const subscription of many ? subscriptions.shared : subscriptions) {
      this.#parts.router.unsubscribe(subscription);
    }
    if (!many) return;
    const rest = subscriptions[Symbol.iterator]();
    this.#parts.workLater(() => this.#unsubscribeSome(rest));
  }

  /** True when nothing is left. */
  #unsubscribeSome(rest: Iterator<Subscription>): boolean {
    for (let count = 0; count < subscriptionsAtOnce; count++) {
      const next = rest.next();
      if (next.done === true) return true;
      if (next.value.group === null) this.#parts.router.unsubscribe(next.value);
    }
    return false;
  }

  /**
   * Takes the connection off a session. `then` says what follows: the client is `wait`ed for, another connection
   * `resume`s the session, or it is about to `end`.
   */
  #detach(session: Session, then: "wait" | "resume" | "end"): void {
    session.outlet = null;
    this.#parts.statistics.clients--;
    if (session.expirySeconds === 0) {
      this.#tellDiscarded(session.clientId, then === "end" ? "cleanStart" : "disconnected");
      this.end(session);
      return;
    }
    for (const subscription of session.subscriptions.shared) subscription.group?.refresh(subscription);
    const will = session.will;
    // MQTT 5.0 section 3.1.3.2.2; a take-over ends the connection like anything else does.
    if (will !== null && will.delaySeconds === 0) this.#publishWill(session);
    if (then !== "wait") return;
    this.#handOverShared(session);
    this.#recordLeave(session);
    session.evict();
    this.#handOverStored(session);
    this.#startTimers(session, this.#parts.now());
  }

  #startTimers(session: Session, offlineSince: number): void {
    const { expirySeconds, will } = session;
    session.endsAt = expirySeconds === neverExpires ? Infinity : offlineSince + expirySeconds * 1000;
    session.willAt = will === null ? Infinity : offlineSince + will.delaySeconds * 1000;
    this.#schedule(session);
  }

  /** Records what a CONNECT has changed. */
  #recordOpen(session: Session, present: boolean): void {
    const { log } = this.#parts.journal;
    if (log === null) return;
    const { clientId, expirySeconds, will, outlet } = session;
    if (!present && expirySeconds > 0) {
      session.durable = new DurableQueue(log.nextSession(), this.#parts.journal, log, expirySeconds);
      log.session(session.durable.session, clientId, expirySeconds);
    }
    const { durable } = session;
    if (durable === null) return;
    this.#recordExpiry(session, durable);
    log.presence(durable.session, 0, durable.sentTo, Math.min(outlet?.sendQuota ?? 0, 0xffff));
    if (will !== null) log.will(durable.session, will.publication, will.delaySeconds);
    else if (durable.hasWill) log.willGone(durable.session);
    durable.hasWill = will !== null;
  }

  #recordLeave(session: Session): void {
    const { durable } = session;
    if (durable === null) return;
    this.#recordExpiry(session, durable);
    durable.log.presence(durable.session, this.#parts.wallTime(), durable.sentTo, 0);
    if (session.will === null) recordNoWill(session);
  }

  #recordExpiry(session: Session, durable: DurableQueue): void {
    if (session.expirySeconds === durable.expirySeconds) return;
    durable.expirySeconds = session.expirySeconds;
    durable.log.session(durable.session, session.clientId, session.expirySeconds);
  }

  /** What the member of a shared group did not acknowledge goes to the next one, where one is there to take it. */
  #handOverShared(session: Session): void {
    if (!session.subscriptions.hasShared) return;
    this.#parts.dispatcher.redispatch(
      session.takeShared((group) => group.hasOnline),
      session,
    );
  }

  /** What the store has of a session's shared subscriptions, once its client is gone. */
  #handOverStored(session: Session): void {
    const { durable } = session;
    if (durable === null || durable.messages === 0 || !session.subscriptions.hasShared) return;
    const goesOn = (): boolean => session.outlet === null && session.durable === durable;
    handOverStored(session, durable, { ...this.#parts, goesOn }).catch((error: unknown) => {
      this.#parts.onUnreadable(session, error);
    });
  }

  /** The store forgets an ended session when others have what it leaves to its groups. */
  async #endAfterHandover(session: Session, durable: DurableQueue): Promise<void> {
    try {
      await handOverStored(session, durable, { ...this.#parts, goesOn: () => true });
    } catch (error) {
      this.#parts.onUnreadable(session, error);
    }
    durable.log.ended(durable.session);
    const dropped = this.#parts.statistics.messagesDropped;
    dropped[DropReason.sessionEnded] = (dropped[DropReason.sessionEnded] as number) + durable.messages;
    this.#parts.journal.commit();
  }

  #schedule(session: Session): void {
    const due = Math.min(session.endsAt, session.willAt);
    if (due !== Infinity) this.#parts.wheel.schedule(session, due);
  }

  #timer(session: Session): void {
    const now = this.#parts.now();
    // [MQTT-3.1.2-8] Whichever comes first: the delay, or the session's end.
    if (now >= session.endsAt) {
      const { hooks, statistics } = this.#parts;
      statistics.sessionsExpired++;
      if (hooks.sessionExpired !== null) hooks.observe(hooks.sessionExpired, { clientId: session.clientId });
      this.end(session);
      return;
    }
    if (now >= session.willAt) {
      session.willAt = Infinity;
      this.#publishWill(session);
    }
    this.#schedule(session);
  }

  /** [MQTT-3.1.2-10] Published once, then gone. */
  #publishWill(session: Session): void {
    const will = session.will;
    if (will === null) return;
    session.will = null;
    const decision =
      session.permissions === null ? allowed : session.permissions.mayPublish(will.publication.topic.name);
    if (decision === allowed) this.#sendWill(session, will);
    else if (decision instanceof Promise) void decision.then((later) => this.#judgedWill(session, will, later));
    else this.#judgedWill(session, will, decision);
  }

  /** The rules may have changed since the CONNECT that brought the will. */
  #judgedWill(session: Session, will: ArmedWill, decision: Decision): void {
    if (decision.allowed) {
      this.#sendWill(session, will);
      return;
    }
    recordNoWill(session);
    const { denied } = this.#parts.statistics;
    denied[DeniedAction.will] = (denied[DeniedAction.will] as number) + 1;
  }

  #sendWill(session: Session, will: ArmedWill): void {
    recordNoWill(session);
    this.#parts.statistics.willsPublished++;
    const { publication } = will;
    // Its expiry counts from now (section 3.1.3.2.4), not from the CONNECT that brought it.
    publication.receivedAt = this.#parts.now();
    const topic = this.#parts.router.topics.findName(publication.topic.name);
    this.#parts.dispatcher.publish(publication, topic);
    const { hooks } = this.#parts;
    if (hooks.willPublished === null) return;
    const message = new HookMessage(publication, null);
    hooks.observe(hooks.willPublished, { clientId: publication.publisherId, message }, message);
  }
}

/** The session has no will any more. */
function recordNoWill({ durable }: Session): void {
  if (durable === null || !durable.hasWill) return;
  durable.hasWill = false;
  durable.log.willGone(durable.session);
}
