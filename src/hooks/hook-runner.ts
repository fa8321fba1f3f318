import type { Clock, Logger } from "../base/mod.ts";
import { ReasonCode } from "../protocol/mod.ts";
import type { HookBroker } from "./hook-broker.ts";
import type { Delivery } from "./hook-events.ts";
import type { HookMessage } from "./hook-message.ts";
import {
  type DecidingPoint,
  type EventOf,
  Generation,
  type HookModule,
  type HookPoint,
  hookPoint,
  type HookPointName,
  type ObservingPoint,
  type VerdictOf,
} from "./hook-point.ts";
import { HookStatistics } from "./hook-statistics.ts";
import { type Accepted, type Allowed, type Delayed, type Dropped, refuse, type Refused } from "./hook-verdict.ts";

/** Bounds of hooks that wait; derived from the configuration once. */
export interface HookLimits {
  /** Milliseconds after which a packet waits no longer. */
  readonly timeoutMilliseconds: number;
  /** What counts then. */
  readonly timeoutVerdict: "refuse" | "accept";
  /** Packets that may wait at the same time; more are refused. */
  readonly parkedMax: number;
}

/** What a {@link HookRunner} works with. */
export interface HookServices {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: {@link defaultHookLimits}. */
  readonly limits?: HookLimits;
  /** Points whose hooks are not called. Default: none. */
  readonly disabled?: ReadonlySet<HookPointName>;
}

/** Five seconds, then a refusal; 10,000 packets. */
export const defaultHookLimits: HookLimits = { timeoutMilliseconds: 5000, timeoutVerdict: "refuse", parkedMax: 10_000 };

const failed = refuse(ReasonCode.implementationSpecificError, "a hook has failed");
const late = refuse(ReasonCode.implementationSpecificError, "a hook did not answer in time");
const crowded = refuse(ReasonCode.quotaExceeded, "too many packets wait for hooks");

/**
 * Runs the hooks of one shard. A point without hooks is null, so that who passes by makes one comparison; the point of
 * a reload replaces all of them between two packets.
 */
export class HookRunner {
  readonly statistics: HookStatistics = new HookStatistics();
  beforeConnect: HookPoint<"beforeConnect"> | null = null;
  authenticate: HookPoint<"authenticate"> | null = null;
  afterConnect: HookPoint<"afterConnect"> | null = null;
  disconnected: HookPoint<"disconnected"> | null = null;
  authorizePublish: HookPoint<"authorizePublish"> | null = null;
  authorizeSubscribe: HookPoint<"authorizeSubscribe"> | null = null;
  beforePublish: HookPoint<"beforePublish"> | null = null;
  afterPublish: HookPoint<"afterPublish"> | null = null;
  /** True if any of the three points that a PUBLISH passes has hooks. */
  publishes = false;
  beforeSubscribe: HookPoint<"beforeSubscribe"> | null = null;
  afterSubscribe: HookPoint<"afterSubscribe"> | null = null;
  beforeUnsubscribe: HookPoint<"beforeUnsubscribe"> | null = null;
  afterUnsubscribe: HookPoint<"afterUnsubscribe"> | null = null;
  deliver: HookPoint<"deliver"> | null = null;
  acknowledged: HookPoint<"acknowledged"> | null = null;
  dropped: HookPoint<"dropped"> | null = null;
  sessionCreated: HookPoint<"sessionCreated"> | null = null;
  sessionResumed: HookPoint<"sessionResumed"> | null = null;
  sessionDiscarded: HookPoint<"sessionDiscarded"> | null = null;
  sessionTakenOver: HookPoint<"sessionTakenOver"> | null = null;
  sessionExpired: HookPoint<"sessionExpired"> | null = null;
  willPublished: HookPoint<"willPublished"> | null = null;
  readonly #services: HookServices;
  readonly #reported = new Set<string>();
  #broker: HookBroker | null = null;
  readonly #listeners = new Set<HookModule>();
  #generation = new Generation([]);
  #observing = 0;

  constructor(services: HookServices) {
    this.#services = services;
  }

  /** What the hooks may act on; set once, before the first of them runs. */
  get broker(): HookBroker {
    if (this.#broker === null) throw new Error("hooks run before there is a broker");
    return this.#broker;
  }

  set broker(broker: HookBroker) {
    this.#broker = broker;
  }

  /** True while observers run, amid what they are told of: their actions wait until that is over. */
  get observing(): boolean {
    return this.#observing > 0;
  }

  /** Points whose hooks are not called. */
  get disabled(): ReadonlySet<HookPointName> {
    return this.#services.disabled ?? new Set();
  }

  /** The modules in use. */
  get modules(): readonly HookModule[] {
    return this.#generation.modules;
  }

  /** Uses these hooks from the next packet on; answers the generation before, in whose hooks packets may still wait. */
  use(modules: readonly HookModule[]): Generation {
    const before = this.#generation;
    this.#generation = new Generation(modules);
    this.#fillPoints();
    return before;
  }

  /** Tells a listener what the observers of a point are told, whatever modules are in use; answers what ends it. */
  listen<Name extends ObservingPoint>(point: Name, listener: (event: EventOf<Name>) => void): () => void {
    const module: HookModule = { name: `listener of ${point}`, hooks: { [point]: listener } };
    this.#listeners.add(module);
    this.#fillPoints();
    return () => {
      this.#listeners.delete(module);
      this.#fillPoints();
    };
  }

  #fillPoints(): void {
    const { disabled } = this.#services;
    const generation = this.#generation;
    const modules = [...generation.modules, ...this.#listeners];
    const point = <Name extends HookPointName>(name: Name): HookPoint<Name> | null =>
      disabled?.has(name) === true ? null : hookPoint(name, generation, modules);
    this.beforeConnect = point("beforeConnect");
    this.authenticate = point("authenticate");
    this.afterConnect = point("afterConnect");
    this.disconnected = point("disconnected");
    this.authorizePublish = point("authorizePublish");
    this.authorizeSubscribe = point("authorizeSubscribe");
    this.beforePublish = point("beforePublish");
    this.afterPublish = point("afterPublish");
    this.publishes = this.authorizePublish !== null || this.beforePublish !== null || this.afterPublish !== null;
    this.beforeSubscribe = point("beforeSubscribe");
    this.afterSubscribe = point("afterSubscribe");
    this.beforeUnsubscribe = point("beforeUnsubscribe");
    this.afterUnsubscribe = point("afterUnsubscribe");
    this.deliver = point("deliver");
    this.acknowledged = point("acknowledged");
    this.dropped = point("dropped");
    this.sessionCreated = point("sessionCreated");
    this.sessionResumed = point("sessionResumed");
    this.sessionDiscarded = point("sessionDiscarded");
    this.sessionTakenOver = point("sessionTakenOver");
    this.sessionExpired = point("sessionExpired");
    this.willPublished = point("willPublished");
  }

  /**
   * Asks the hooks of a point in their order until one answers. A promise only where a hook gave one; it is never
   * rejected and settles within the deadline.
   */
  decide<Name extends DecidingPoint>(
    point: HookPoint<Name>,
    event: EventOf<Name>,
  ): VerdictOf<Name> | Refused | null | Promise<VerdictOf<Name> | Refused | null> {
    const { calls } = point;
    for (let index = 0; index < calls.length; index++) {
      const call = calls[index] as (typeof calls)[number];
      try {
        const answer: unknown = call.run(event, this.broker);
        if (answer === undefined || answer === null) continue;
        if (isPromise(answer)) return this.#park(point, this.#goOn(point, event, index, answer));
        return checked(answer) as VerdictOf<Name>;
      } catch (error) {
        this.report(point.name, call.module, error);
        return failed;
      }
    }
    return null;
  }

  /** Tells the hooks of a point; `message` is the one in the event. */
  observe<Name extends ObservingPoint>(
    point: HookPoint<Name>,
    event: EventOf<Name>,
    message: HookMessage | null = null,
  ): void {
    this.#observing++;
    let kept = false;
    for (const call of point.calls) {
      try {
        const answer: unknown = call.run(event, this.broker);
        if (!isPromise(answer)) continue;
        if (!kept) message?.keep();
        kept = true;
        void this.#watch(point, call.module, answer);
      } catch (error) {
        this.report(point.name, call.module, error);
      }
    }
    this.#observing--;
    if (!kept) message?.seal();
  }

  /** Asks whether a message may go to a subscriber; a hook that fails says no. */
  admits(point: HookPoint<"deliver">, delivery: Delivery): boolean {
    this.#observing++;
    try {
      for (const call of point.calls) {
        try {
          const answer: unknown = call.run(delivery, this.broker);
          if (answer === undefined || answer === null) continue;
          if (isPromise(answer)) {
            answer.then(undefined, () => {});
            throw new TypeError("a deliver hook cannot wait: it answered a promise");
          }
          if (checked(answer).kind === "dropped") return false;
        } catch (error) {
          this.report(point.name, call.module, error);
          return false;
        }
      }
      return true;
    } finally {
      this.#observing--;
    }
  }

  /** Counts a failure, and logs the first of its module and point. */
  report(point: HookPointName, module: string, error: unknown): void {
    this.statistics.errors[point]++;
    this.warn(`${point} hook`, module, error);
  }

  /** Logs what failed in a module, once for each kind of failure. */
  warn(what: string, module: string, error: unknown): void {
    const kind = `${module} ${what}`;
    if (this.#reported.has(kind)) return;
    this.#reported.add(kind);
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#services.logger.error(`a ${what} has failed; further failures of it are only counted`, {
      module,
      error: text,
    });
  }

  /** The rest of a chain, from a hook that waits on. */
  async #goOn<Name extends DecidingPoint>(
    point: HookPoint<Name>,
    event: EventOf<Name>,
    first: number,
    waiting: Promise<unknown>,
  ): Promise<VerdictOf<Name> | Refused | null> {
    let answer: unknown = waiting;
    for (const [index, call] of point.calls.entries()) {
      if (index < first) continue;
      try {
        if (index > first) answer = call.run(event, this.broker);
        answer = await answer;
        if (answer !== undefined && answer !== null) return checked(answer) as VerdictOf<Name>;
      } catch (error) {
        this.report(point.name, call.module, error);
        return failed;
      }
    }
    return null;
  }

  async #park<Verdict>(point: HookPoint<DecidingPoint>, answer: Promise<Verdict>): Promise<Verdict | Refused | null> {
    const { statistics } = this;
    const { limits = defaultHookLimits, clock } = this.#services;
    point.generation.enter();
    void answer.finally(() => point.generation.leave());
    if (statistics.parked >= limits.parkedMax) {
      statistics.refused++;
      return crowded;
    }
    statistics.parked++;
    const { promise, resolve } = Promise.withResolvers<Verdict | Refused | null>();
    const deadline = clock.after(limits.timeoutMilliseconds, () => {
      statistics.timeouts++;
      resolve(limits.timeoutVerdict === "refuse" ? late : null);
    });
    void answer.then(resolve);
    const verdict = await promise;
    deadline.cancel();
    statistics.parked--;
    return verdict;
  }

  async #watch(point: HookPoint<ObservingPoint>, module: string, answer: Promise<unknown>): Promise<void> {
    point.generation.enter();
    try {
      await answer;
    } catch (error) {
      this.report(point.name, module, error);
    } finally {
      point.generation.leave();
    }
  }
}

/** Fits where the store has the time at which a message is due. */
const delaySecondsMax = 0xffff_ffff;

const kinds: ReadonlySet<unknown> = new Set(["refused", "dropped", "delayed", "accepted", "allowed"]);

/** @throws TypeError what a hook written without types may answer */
function checked(answer: unknown): Refused | Dropped | Delayed | Accepted | Allowed {
  const verdict = answer as { kind?: unknown; reasonCode?: unknown; seconds?: unknown };
  if (typeof answer !== "object" || !kinds.has(verdict.kind)) {
    throw new TypeError(
      "a hook answered something else than a verdict: use refuse(), drop, delay(), accept() or allow",
    );
  }
  if (verdict.kind === "refused" && !(Number(verdict.reasonCode) >= 0x80 && Number(verdict.reasonCode) <= 0xff)) {
    throw new TypeError("a hook refused with a reason code that reports no failure: it is 0x80 or above");
  }
  if (verdict.kind === "delayed" && !(Number(verdict.seconds) >= 0 && Number(verdict.seconds) <= delaySecondsMax)) {
    throw new TypeError(
      `a hook delayed a message by ${String(verdict.seconds)} seconds: it is 0 to ${delaySecondsMax}`,
    );
  }
  return answer as Refused | Dropped | Delayed | Accepted | Allowed;
}

function isPromise(answer: unknown): answer is Promise<unknown> {
  return typeof answer === "object" && answer !== null && "then" in answer && typeof answer.then === "function";
}
