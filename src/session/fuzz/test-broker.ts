import { ManualClock, SeededRandom, silentLogger, TimerWheel } from "../../base/mod.ts";
import { HookRunner } from "../../hooks/mod.ts";
import { parseFilter, type Qos, type SubscriptionOptions } from "../../protocol/mod.ts";
import { Router, type SharedStrategy } from "../../router/mod.ts";
import { MemoryJournal, MemoryRetainedStore, type Publication } from "../../store/mod.ts";
import {
  type ArmedWill,
  Dispatcher,
  DurabilityLevels,
  type Session,
  SessionRegistry,
  type SessionSettings,
  Statistics,
} from "../mod.ts";
import { publicationOf } from "./test-publication.ts";
import { TestOutlet } from "./test-outlet.ts";

/** What a test says about a CONNECT; the rest are the defaults: a new session that ends with its connection. */
export interface OpenOptions {
  readonly cleanStart?: boolean;
  readonly expirySeconds?: number;
  readonly will?: { readonly topic: string; readonly delaySeconds: number; readonly qos?: Qos };
  readonly outlet?: TestOutlet;
}

/** The floors below the connection, with a clock that the test moves. */
export class TestBroker {
  readonly clock: ManualClock = new ManualClock();
  readonly statistics: Statistics = new Statistics();
  readonly router: Router = new Router({ topicCacheEntries: 64, topicLevelsMax: 20, separateCopies: false });
  readonly retained: MemoryRetainedStore = new MemoryRetainedStore({ messagesMax: 1000, bytesMax: 1_000_000 });
  readonly wheel: TimerWheel = new TimerWheel(100, 0, (error) => {
    throw error;
  });
  readonly dispatcher: Dispatcher;
  readonly registry: SessionRegistry;
  readonly hooks: HookRunner = new HookRunner({ clock: this.clock, logger: silentLogger });
  readonly #steps: (() => boolean)[] = [];

  constructor(settings: Partial<SessionSettings> = {}) {
    const sharedStrategy: SharedStrategy = "round_robin";
    const whole: SessionSettings = {
      queuedMessagesMax: 100,
      storedMessagesMax: 0,
      queuedBytesMax: 1_000_000,
      queuedBytesOfAllMax: 10_000_000,
      sessionExpirySecondsMax: 0xffff_ffff,
      sharedStrategy,
      readAheadBytesMax: 1_000_000,
      ...settings,
    };
    const { router, statistics, retained, wheel, hooks } = this;
    const durability = { journal: new MemoryJournal(), levels: new DurabilityLevels([]) };
    this.dispatcher = new Dispatcher({
      router,
      retained,
      statistics,
      hooks,
      settings: whole,
      random: new SeededRandom(1),
      ...durability,
    });
    this.registry = new SessionRegistry({
      router,
      dispatcher: this.dispatcher,
      settings: whole,
      statistics,
      hooks,
      wheel,
      now: () => this.clock.now(),
      wallTime: () => this.clock.wallTime(),
      journal: durability.journal,
      onUnreadable: () => {},
      workLater: (step) => void this.#steps.push(step),
    });
  }

  open(clientId: string, options: OpenOptions = {}): { session: Session; present: boolean; outlet: TestOutlet } {
    const outlet = options.outlet ?? new TestOutlet();
    const { cleanStart = true, expirySeconds = 0 } = options;
    const will = options.will === undefined ? null : armed(options.will);
    const { session, present } = this.registry.open({
      clientId,
      cleanStart,
      expirySeconds,
      outlet,
      permissions: null,
      will,
    });
    session.rewind();
    session.pump();
    return { session, present, outlet };
  }

  subscribe(session: Session, text: string, options: Partial<SubscriptionOptions> = {}): void {
    const target = parseFilter(text);
    if (target === null) throw new Error(`${text} is no filter`);
    const all = { qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 0, ...options } as const;
    session.subscriptions.add(this.router.subscribe(session, target, all, 0));
  }

  publish(topic: string, payload: string, qos: Qos = 1, expirySeconds = -1): void {
    this.send(publicationOf(topic, payload, qos, { seconds: expirySeconds, receivedAt: this.clock.now() }));
  }

  send(publication: Publication): void {
    this.dispatcher.publish(publication, this.router.topics.findName(publication.topic.name));
  }

  /** Does one step of the work that was put off; false if there was none. */
  workStep(): boolean {
    const [step] = this.#steps;
    if (step === undefined) return false;
    if (step()) this.#steps.shift();
    return true;
  }

  /** Moves the time on as the shard does, tick by tick. */
  advance(seconds: number): void {
    for (let left = seconds * 1000; left > 0; left -= 100) {
      this.clock.advance(Math.min(left, 100));
      this.wheel.advance(this.clock.now());
    }
  }
}

function armed({ topic, delaySeconds, qos = 1 }: NonNullable<OpenOptions["will"]>): ArmedWill {
  return { publication: publicationOf(topic, "will", qos), delaySeconds };
}
