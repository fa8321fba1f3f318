import type { TimerWheel, WheelEntry } from "../base/mod.ts";
import type { HookRunner } from "../hooks/mod.ts";
import type { Router, Topic } from "../router/mod.ts";
import type { Journal, Publication, StoredDelayed } from "../store/mod.ts";
import { type DelayedMessage, DelayedQueue } from "./delayed-queue.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { DurabilityLevels } from "./durability-levels.ts";
import { tellDropped } from "./hooked-delivery.ts";
import { DropReason, type Statistics } from "./statistics.ts";

/** What {@link DelayedMessages} work with. */
export interface DelayedParts {
  readonly router: Router;
  readonly dispatcher: Dispatcher;
  readonly levels: DurabilityLevels;
  readonly journal: Journal;
  readonly statistics: Statistics;
  readonly hooks: HookRunner;
  readonly wheel: TimerWheel;
  /** Monotonic milliseconds of this turn. */
  readonly now: () => number;
  /** Milliseconds since 1970, for what outlives the process. */
  readonly wallTime: () => number;
  /** Calls `step` in later turns until it answers true. */
  readonly workLater: (step: () => boolean) => void;
}

/** How much may wait; a message that would be more is not taken. */
export interface DelayLimits {
  readonly messagesMax: number;
  /** Bytes of payloads. */
  readonly bytesMax: number;
}

/** What became of a message that is to be published later. */
export const DelayOutcome = {
  /** It waits; where it is to be kept beyond the process, the journal's ticket says when it is safe. */
  taken: 0,
  /** A limit is reached. */
  full: 1,
  /** It was to be kept beyond the process, and the store fails or is full. */
  storeRefused: 2,
} as const;

/** One of {@link DelayOutcome}'s values. */
export type DelayOutcome = (typeof DelayOutcome)[keyof typeof DelayOutcome];

/** Messages that are published in one step when many are due at once, as after a long time in which nothing ran. */
const messagesPerStep = 64;

/** Milliseconds after which a message is tried again that the store does not let out. */
const retryMilliseconds = 1000;

/**
 * Messages that are published some time after they came. Those whose topics are kept beyond the process are recorded
 * when they come, and their end together with what they lead to: after a crash they are published once more or not at
 * all, as if they had come just then.
 */
export class DelayedMessages implements WheelEntry {
  wheelNext: WheelEntry | null = null;
  wheelPrevious: WheelEntry | null = null;
  wheelSlot = -1;
  wheelDue = -1;
  readonly #parts: DelayedParts;
  readonly #queue = new DelayedQueue();
  #lastOrder = 0;
  /** False until everything is there that they may meet. */
  #runs = false;
  #publishing = false;

  constructor(parts: DelayedParts) {
    this.#parts = parts;
  }

  /** Messages that end with the process. */
  get unstored(): number {
    let count = 0;
    for (const { stored } of this.#queue.values()) if (stored === null) count++;
    return count;
  }

  /** Takes a message for `seconds` from now; the topic is that of the topic table. It may be the live one. */
  add(live: Publication, topic: Topic, seconds: number, limits: DelayLimits): DelayOutcome {
    const { journal, levels, statistics, now, wallTime } = this.#parts;
    const bytes = live.payloadEnd - live.payloadStart;
    if (statistics.delayedMessages >= limits.messagesMax || statistics.delayedBytes + bytes > limits.bytesMax) {
      return DelayOutcome.full;
    }
    const publication = live.keep();
    publication.durable = levels.isDurable(topic);
    const { log } = journal;
    const order = ++this.#lastOrder;
    const stored = publication.durable && log !== null ? { place: log.place ?? 0, number: order } : null;
    if (stored !== null && journal.refuses) {
      this.#countDropped(DropReason.storeRefused, publication);
      return DelayOutcome.storeRefused;
    }
    if (stored !== null) log?.delayed(stored, wallTime() + seconds * 1000, publication);
    this.#wait({ publication, due: now() + seconds * 1000, order, stored });
    return DelayOutcome.taken;
  }

  /** A message of the store, before the first client comes. @param due monotonic milliseconds */
  restore({ place, number, publication }: StoredDelayed, due: number): void {
    if (place === (this.#parts.journal.log?.place ?? 0)) this.#lastOrder = Math.max(this.#lastOrder, number);
    this.#wait({ publication, due, order: number, stored: { place, number } });
  }

  /** Everything is there that they may meet: from now on they are published when they are due. */
  start(): void {
    this.#runs = true;
    this.#schedule();
  }

  /** For the timer wheel alone. */
  onWheel(): void {
    if (this.#publishing) return;
    this.#publishing = true;
    this.#parts.workLater(() => this.#publishSome());
  }

  #wait(message: DelayedMessage): void {
    const { statistics } = this.#parts;
    this.#queue.add(message);
    statistics.delayedMessages++;
    statistics.delayedBytes += message.publication.payload.length;
    if (this.#queue.first === message) this.#schedule();
  }

  #schedule(): void {
    const { first } = this.#queue;
    if (this.#runs && !this.#publishing && first !== null) this.#parts.wheel.schedule(this, first.due);
  }

  /** True when nothing more is due. */
  #publishSome(): boolean {
    const now = this.#parts.now();
    for (let count = 0; count < messagesPerStep; count++) {
      const { first } = this.#queue;
      if (first === null || first.due > now) {
        this.#publishing = false;
        this.#schedule();
        return true;
      }
      this.#queue.shift();
      this.#publish(first, now);
    }
    return false;
  }

  #publish(message: DelayedMessage, now: number): void {
    const { dispatcher, journal, router, statistics } = this.#parts;
    const { publication, stored } = message;
    if (stored !== null && journal.refuses) {
      // Neither what it leads to nor its end can be recorded: it stays, as it does in the store.
      this.#queue.add({ ...message, due: now + retryMilliseconds });
      return;
    }
    statistics.delayedMessages--;
    statistics.delayedBytes -= publication.payload.length;
    if (stored !== null) journal.log?.undelayed(stored);
    // [MQTT-3.3.2-5] The time that it has waited here counts.
    if (publication.secondsLeft(now) === 0) {
      this.#countDropped(DropReason.expired, publication);
      return;
    }
    dispatcher.publish(publication, router.topics.findName(publication.topic.name));
  }

  #countDropped(reason: DropReason, publication: Publication): void {
    const { hooks, statistics } = this.#parts;
    statistics.messagesDropped[reason] = (statistics.messagesDropped[reason] as number) + 1;
    if (hooks.dropped !== null) {
      tellDropped(hooks, hooks.dropped, reason, { clientId: null, publication, count: 1 });
    }
  }
}
