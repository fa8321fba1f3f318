import { MessageChannel } from "node:worker_threads";
import type { Clock, Logger } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import type { BrokerListener } from "./broker.ts";
import { ShardThread } from "./shard-thread-handle.ts";
import type { ShardReading, ToThread } from "./shard-thread-message.ts";
import { sumReadings } from "./sum-readings.ts";
import { firstThreadConfig, furtherThreadConfig, type Role } from "./thread-listeners.ts";

/** What {@link ShardThreads} are started with. */
export interface ThreadsOptions {
  readonly config: Config;
  /** Threads, and so shards; at least 1. */
  readonly count: number;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Milliseconds after which a shard that could not be replaced is tried again. */
const retryMilliseconds = 1000;

/**
 * Shards as threads of this process, and what keeps them running: one that ends unasked (an error that nobody caught,
 * no memory left) is counted, logged and replaced, while the others go on.
 */
export class ShardThreads {
  /** Threads that ended unasked. */
  crashes = 0;
  readonly #options: ThreadsOptions;
  readonly #threads = new Map<number, ShardThread>();
  #listeners: readonly BrokerListener[] = [];
  #next = 0;
  #stopping = false;
  #changed = Promise.withResolvers<void>();

  private constructor(options: ThreadsOptions) {
    this.#options = options;
  }

  /**
   * Starts the threads; all listen when this resolves.
   * @throws WorldError as the start of a broker does; nothing runs then
   */
  static async start(options: ThreadsOptions): Promise<ShardThreads> {
    const threads = new ShardThreads(options);
    const { config, count } = options;
    try {
      threads.#listeners = await threads.#add(firstThreadConfig(config), "first");
      for (let further = 1; further < count; further++) await threads.#replace("further");
    } catch (error) {
      await threads.stop();
      throw error;
    }
    return threads;
  }

  /** The doors that all shards share, and those of the first one. */
  get listeners(): readonly BrokerListener[] {
    return this.#listeners;
  }

  /** Numbers of the shards that run. */
  get shards(): readonly number[] {
    return [...this.#threads.keys()];
  }

  /** Resolves when the next shard has taken the place of another. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** The numbers of all shards together. What a shard had counted when it crashed is lost. */
  async read(): Promise<ShardReading> {
    const readings = await Promise.all(Array.from(this.#threads.values(), (thread) => thread.read()));
    return sumReadings(readings.filter((reading) => reading !== null));
  }

  /** All shards look at the files that the configuration names. */
  reload(): void {
    for (const thread of this.#threads.values()) thread.send({ kind: "reload" });
  }

  /** Ends a shard as a crash would. For tests of what follows. */
  async crash(shard: number): Promise<void> {
    await this.#threads.get(shard)?.worker.terminate();
  }

  /** Stops all shards in order. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(Array.from(this.#threads.values(), (thread) => thread.stop()));
    this.#threads.clear();
  }

  /** Starts a thread that listens where the first one does. */
  async #replace(role: Role): Promise<void> {
    await this.#add(furtherThreadConfig(this.#options.config, this.#listeners, role), role);
  }

  /** Starts one more thread; answers its listeners. */
  async #add(config: Config, role: Role): Promise<readonly BrokerListener[]> {
    const { logger } = this.#options;
    // A number is not used twice: what is said of a shard that crashed must not be taken for its successor.
    const shard = this.#next++;
    const thread = new ShardThread({ config, shard, debugEnabled: logger.debugEnabled !== false }, logger);
    for (const [other, { worker }] of this.#threads) {
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ kind: "join", shard, port: port1 } satisfies ToThread, [port1]);
      thread.worker.postMessage({ kind: "join", shard: other, port: port2 } satisfies ToThread, [port2]);
    }
    this.#threads.set(shard, thread);
    const gone = thread.ended.then(() => this.#gone(shard));
    thread.send({ kind: "start" });
    const listeners = await thread.started;
    void gone.then(() => this.#crashed(shard, role));
    return listeners;
  }

  #gone(shard: number): void {
    this.#threads.delete(shard);
    for (const thread of this.#threads.values()) thread.send({ kind: "leave", shard });
  }

  #crashed(shard: number, role: Role): void {
    if (this.#stopping) return;
    this.crashes++;
    this.#options.logger.error("a shard has crashed; another one takes its place", { shard });
    this.#replaceUntilDone(role);
  }

  #replaceUntilDone(role: Role): void {
    if (this.#stopping) return;
    const { logger, clock } = this.#options;
    this.#replace(role).then(
      () => {
        this.#changed.resolve();
        this.#changed = Promise.withResolvers();
      },
      (error: unknown) => {
        logger.error("no shard could take its place yet", { error: String(error) });
        clock.after(retryMilliseconds, () => this.#replaceUntilDone(role));
      },
    );
  }
}
