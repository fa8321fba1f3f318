import { type Clock, type Logger, unguessableText } from "../base/mod.ts";
import { newWay } from "../cluster/mod.ts";
import type { Config } from "../config/mod.ts";
import type { Broker, BrokerListener } from "./broker.ts";
import { type FromStore, type StoreServer, ThreadPort, type ToStore } from "../store/mod.ts";
import { CrashPauses } from "./crash-pauses.ts";
import type { BrokerReading } from "./broker-reading.ts";
import { openSharedStore } from "./open-journal.ts";
import { countersOf, noReading, sumReadings } from "./sum-readings.ts";
import { openThread, ShardThread, type ThreadChannel, type ThreadNews } from "./shard-thread-handle.ts";
import type { ThreadData, ToThread } from "./shard-thread-message.ts";
import type { ThreadListeners } from "./thread-listeners.ts";

/** What {@link ShardThreads} are started with. */
export interface ThreadsOptions {
  readonly config: Config;
  /** Threads, and so shards; at least 1. */
  readonly count: number;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Which listeners each of them opens. */
  readonly listeners: ThreadListeners;
  /** Makes a thread; default: one that runs a shard on the machine's clock. */
  readonly open?: (data: ThreadData) => ThreadChannel;
  /** Runs for what a shard tells unasked. */
  readonly onNews: (news: ThreadNews) => void;
  /** Runs for each shard that begins to run, also for one that takes the place of another. */
  readonly onStarted: (thread: ShardThread) => void;
}

/** A thread that has not begun to run its shard. */
interface Prepared {
  readonly shard: number;
  readonly thread: ShardThread;
  /** Resolves when it has ended, and the others know. */
  readonly gone: Promise<void>;
}

/** Milliseconds beyond its own time that a shard has to stop before it is cut. */
const stopGraceMilliseconds = 1000;

/**
 * Shards as threads of this process, and what keeps them running: one that ends unasked (an error that nobody caught,
 * no memory left) is counted, logged and replaced, while the others go on.
 */
export class ShardThreads {
  /** Threads that ended unasked. */
  crashes = 0;
  readonly #options: ThreadsOptions;
  readonly #threads = new Map<number, ShardThread>();
  readonly #pauses: CrashPauses;
  readonly #ticketSecret: string = unguessableText();
  /** The last numbers of each thread, for when it crashes. */
  readonly #read = new Map<number, BrokerReading>();
  /** What crashed shards had counted when they were read last: counters do not go back. */
  #past: BrokerReading = noReading();
  #listeners: readonly BrokerListener[] = [];
  #transport: Broker["transport"] | null = null;
  #stopping = false;
  #changed = Promise.withResolvers<void>();

  /** The store that the shards share; null where nothing is kept beyond the process. */
  readonly #store: StoreServer | null;
  /** Threads that were made for each place. */
  readonly #rounds = new Map<number, number>();

  private constructor(options: ThreadsOptions, store: StoreServer | null) {
    this.#options = options;
    this.#store = store;
    this.#pauses = new CrashPauses(options.clock);
  }

  /**
   * Starts the threads; all listen when this resolves.
   * @throws WorldError as the start of a broker does; nothing runs then
   */
  static async start(options: ThreadsOptions): Promise<ShardThreads> {
    const { config, count, logger } = options;
    const threads = new ShardThreads(options, await openSharedStore(config, count, logger));
    try {
      const made = Array.from({ length: count }, (_, place) => threads.#make(place));
      await Promise.all(made.map(({ thread }) => threads.#prepare(thread)));
      // The first one decides about ports that were left open.
      for (const [place, prepared] of made.entries()) await threads.#begin(prepared, place);
    } catch (error) {
      await threads.stop();
      throw error;
    }
    return threads;
  }

  /** The doors, each once. */
  get listeners(): readonly BrokerListener[] {
    return this.#listeners;
  }

  /** What carries the bytes of plain listeners. */
  get transport(): Broker["transport"] | null {
    return this.#transport;
  }

  /** Numbers of the shards that run. */
  get shards(): readonly number[] {
    return [...this.#threads.keys()];
  }

  /** The threads that run, the oldest first. */
  get running(): readonly ShardThread[] {
    return [...this.#threads.values()];
  }

  /** Resolves when the next shard has taken the place of another. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** The numbers of all shards together; counters of shards that crashed are in it as they were read last. */
  read(): Promise<BrokerReading> {
    return this.#readAll("read");
  }

  /** The same without what waits in sessions; costs no look at each. */
  readCounters(): Promise<BrokerReading> {
    return this.#readAll("readCounters");
  }

  async #readAll(call: "read" | "readCounters"): Promise<BrokerReading> {
    const readings = await Promise.all(
      Array.from(this.#threads, async ([shard, thread]) => {
        const reading = await thread.call(call).catch(() => null);
        if (reading !== null && this.#threads.has(shard)) this.#read.set(shard, reading);
        return reading;
      }),
    );
    const known = [this.#past, ...readings].filter((reading) => reading !== null);
    const sum = { ...sumReadings(known), shardCrashes: this.crashes };
    return this.#store === null ? sum : { ...sum, journal: this.#store.statistics };
  }

  /** Ends a shard as a crash would. For tests of what follows. */
  async crash(shard: number): Promise<void> {
    await this.#threads.get(shard)?.worker.terminate();
  }

  /** Stops all shards in order; one that does not end in its time is cut. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const { clock, config, logger } = this.#options;
    const timeoutMilliseconds = config.shutdown_timeout_seconds * 1000 + stopGraceMilliseconds;
    const all = [...this.#threads];
    const ended = all.map(([, thread]) => thread.stop());
    const cut = clock.after(timeoutMilliseconds, () => {
      for (const [shard, { worker }] of this.#threads) {
        logger.error("a shard did not stop in time and is cut", { shard });
        void worker.terminate();
      }
    });
    await Promise.all(ended);
    cut.cancel();
    this.#threads.clear();
    await this.#store?.close();
  }

  /** Makes one more thread, which loads its program and waits. */
  #make(place: number): Prepared {
    const { logger, open = openThread, onNews } = this.#options;
    // A number is not used twice: what is said of a shard that crashed must not be taken for its successor. Divided by
    // the number of shards it leaves the place, which is the same for both.
    const round = this.#rounds.get(place) ?? 0;
    this.#rounds.set(place, round + 1);
    const shard = round * this.#options.count + place;
    const newsWaiting = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const data = { shard, debugEnabled: logger.debugEnabled !== false, newsWaiting };
    const thread = new ShardThread(data, { open, logger, onNews });
    const gone = thread.ended.then(() => this.#gone(shard, place));
    if (this.#store !== null) {
      const { port1, port2 } = new MessageChannel();
      this.#store.attach(place, new ThreadPort<FromStore, ToStore>(port1));
      thread.worker.postMessage({ kind: "store", place, port: port2 } satisfies ToThread, [port2]);
    }
    for (const [other, { worker }] of this.#threads) {
      const [one, two] = newWay();
      worker.postMessage({ kind: "join", shard, end: one } satisfies ToThread, [one.port]);
      thread.worker.postMessage({ kind: "join", shard: other, end: two } satisfies ToThread, [two.port]);
    }
    this.#threads.set(shard, thread);
    return { shard, thread, gone };
  }

  /** Lets a thread take in everything that was there before. */
  #prepare(thread: ShardThread): Promise<void> {
    const { config, count } = this.#options;
    thread.send({ kind: "prepare", config: { ...config, shards: count }, ticketSecret: this.#ticketSecret });
    return thread.prepared;
  }

  /** Lets a thread's shard listen. */
  async #begin({ shard, thread, gone }: Prepared, place: number): Promise<void> {
    const { config, listeners, onStarted } = this.#options;
    thread.send({ kind: "start", config: listeners.of(place, config, this.#listeners) });
    const started = await thread.started;
    this.#transport ??= started.transport;
    this.#listeners = listeners.known(this.#listeners, started.listeners);
    onStarted(thread);
    void gone.then(() => this.#crashed(shard, place));
  }

  #gone(shard: number, place: number): void {
    this.#threads.delete(shard);
    this.#store?.detach(place);
    for (const thread of this.#threads.values()) thread.send({ kind: "leave", shard });
  }

  #crashed(shard: number, place: number): void {
    const last = this.#read.get(shard);
    this.#read.delete(shard);
    if (this.#stopping) return;
    this.crashes++;
    if (last !== undefined) this.#past = sumReadings([this.#past, countersOf(last)]);
    this.#again("a shard has crashed; another one takes its place", { shard }, place);
  }

  /** Says what has happened, and puts a shard there: at once, or after a pause where it happens again and again. */
  #again(what: string, fields: Readonly<Record<string, string | number>>, place: number): void {
    const { logger, clock } = this.#options;
    const pause = this.#pauses.next();
    const seconds = pause === 0 ? {} : { nextTrySeconds: pause / 1000 };
    logger.error(pause === 0 ? what : `${what}; it happens again and again`, { ...fields, ...seconds });
    const start = (): void => {
      if (!this.#stopping) void this.#replace(place);
    };
    if (pause === 0) start();
    else clock.after(pause, start);
  }

  async #replace(place: number): Promise<void> {
    try {
      const made = this.#make(place);
      await this.#prepare(made.thread);
      await this.#begin(made, place);
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    } catch (error) {
      if (!this.#stopping)
        this.#again("no shard could take the place of one that crashed", { error: String(error) }, place);
    }
  }
}
