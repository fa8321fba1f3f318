import type { Logger } from "../base/mod.ts";
import type { EventOf, LocalSubscription, ObservingPoint, ReadonlyMessage, SubscribeOptions } from "../hooks/mod.ts";
import { readEvent } from "./plain-event.ts";
import { readMessage } from "./plain-message.ts";
import type { ShardThread, ThreadNews } from "./shard-thread-handle.ts";

/** A subscription of the program. */
export interface AudienceSubscription {
  readonly filter: string;
  readonly receive: (message: ReadonlyMessage) => void;
  readonly options: SubscribeOptions | undefined;
}

type Listener = (event: EventOf<ObservingPoint>) => void;

/**
 * What the program wants to hear of its broker's shards. A subscription lives on one shard, which gets what matches it
 * from all; where that crashes, it goes on at another one. Observers are told by each shard of what happens there.
 */
export class ThreadAudience {
  readonly #logger: Logger;
  readonly #threads = new Set<ShardThread>();
  readonly #subscriptions = new Map<number, AudienceSubscription>();
  readonly #listeners = new Map<ObservingPoint, Set<Listener>>();
  /** Where all subscriptions live; null while no shard runs. */
  #home: ShardThread | null = null;
  #last = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** A shard has begun to run. */
  join(thread: ShardThread): void {
    this.#threads.add(thread);
    for (const point of this.#listeners.keys()) quietly(thread.call("listen", point, true));
    if (this.#home === null) this.#settle(thread);
    void thread.ended.then(() => this.#gone(thread));
  }

  async subscribe(subscription: AudienceSubscription): Promise<LocalSubscription> {
    const number = ++this.#last;
    this.#subscriptions.set(number, subscription);
    const unsubscribe = (): void => {
      if (this.#subscriptions.delete(number) && this.#home !== null) quietly(this.#home.call("unsubscribe", number));
    };
    const { filter, options } = subscription;
    if (this.#home !== null) await this.#home.call("subscribe", number, filter, options).catch(() => {});
    return { filter, unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  listen<Name extends ObservingPoint>(point: Name, listener: (event: EventOf<Name>) => void): Disposable {
    const listeners = this.#listeners.get(point) ?? new Set();
    this.#listeners.set(point, listeners);
    // Each has an entry of its own, also where one function listens twice.
    const entry: Listener = (event) => listener(event);
    listeners.add(entry);
    if (listeners.size === 1) this.#tellAll(point, true);
    const dispose = (): void => {
      if (!listeners.delete(entry) || listeners.size > 0 || this.#listeners.get(point) !== listeners) return;
      this.#listeners.delete(point);
      this.#tellAll(point, false);
    };
    return { [Symbol.dispose]: dispose };
  }

  /** A shard tells. */
  tell(news: ThreadNews): void {
    if (news.kind === "message") {
      const subscription = this.#subscriptions.get(news.subscription);
      if (subscription === undefined) return;
      this.#run(`subscription to ${subscription.filter}`, () => subscription.receive(readMessage(news.message)));
      return;
    }
    const event = readEvent<ObservingPoint>(news.event);
    for (const listener of this.#listeners.get(news.point) ?? []) {
      this.#run(`listener of ${news.point}`, () => listener(event));
    }
  }

  #tellAll(point: ObservingPoint, wanted: boolean): void {
    for (const thread of this.#threads) quietly(thread.call("listen", point, wanted));
  }

  #settle(thread: ShardThread): void {
    this.#home = thread;
    for (const [number, { filter, options }] of this.#subscriptions) {
      // What was retained has been received before.
      quietly(thread.call("subscribe", number, filter, { ...options, retainHandling: 2 }));
    }
  }

  #gone(thread: ShardThread): void {
    this.#threads.delete(thread);
    if (this.#home !== thread) return;
    this.#home = null;
    const [next] = this.#threads;
    if (next !== undefined) this.#settle(next);
  }

  /** What the program does when it is told must not stop the others from being told. */
  #run(what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#logger.warn(`${what} of the program has failed`, { error: text });
    }
  }
}

/** The shard may end meanwhile: what lived there goes on elsewhere. */
function quietly(call: Promise<void>): void {
  call.catch(() => {});
}
