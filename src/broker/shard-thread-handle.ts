import { Worker } from "node:worker_threads";
import { type Logger, WorldError } from "../base/mod.ts";
import type { BrokerListener } from "./broker.ts";
import type { FromThread, ShardReading, ThreadData, ToThread } from "./shard-thread-message.ts";

const program = new URL(`./shard-thread.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

/** One shard's thread, seen from the one that supervises it. */
export class ShardThread {
  readonly worker: Worker;
  /** Resolves with its listeners when they are open; fails with what a broker's start fails with. */
  readonly started: Promise<readonly BrokerListener[]>;
  /** Resolves when the thread has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly #logger: Logger;
  readonly #starting = Promise.withResolvers<readonly BrokerListener[]>();
  readonly #readings = new Map<number, (reading: ShardReading | null) => void>();
  #lastReading = 0;
  #running = true;

  constructor(data: ThreadData, logger: Logger) {
    this.#logger = logger;
    this.worker = new Worker(program, { workerData: data });
    this.started = this.#starting.promise;
    this.worker.on("message", (message: FromThread) => this.#receive(message));
    this.worker.on("error", (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      logger.error("an error that nobody caught", { shard: data.shard, error: text });
    });
    this.ended = new Promise((resolve) => {
      this.worker.on("exit", () => {
        this.#running = false;
        this.#starting.reject(new Error("the shard has ended before it was started"));
        for (const give of this.#readings.values()) give(null);
        resolve();
      });
    });
    // Whoever waits for the start hears of it; where nobody does, nobody needs to.
    this.started.catch(() => {});
  }

  send(message: ToThread): void {
    this.worker.postMessage(message);
  }

  /** The shard's numbers; null if it has ended. */
  read(): Promise<ShardReading | null> {
    if (!this.#running) return Promise.resolve(null);
    const id = ++this.#lastReading;
    return new Promise((resolve) => {
      this.#readings.set(id, resolve);
      this.send({ kind: "read", id });
    });
  }

  /** Stops the shard in order. */
  stop(): Promise<void> {
    this.send({ kind: "stop" });
    return this.ended;
  }

  #receive(message: FromThread): void {
    switch (message.kind) {
      case "started":
        this.#starting.resolve(message.listeners);
        return;
      case "failed":
        this.#starting.reject(
          message.code === null ? new Error(message.message) : new WorldError(message.code, message.message),
        );
        return;
      case "reading":
        this.#readings.get(message.id)?.(message.reading);
        this.#readings.delete(message.id);
        return;
      case "log":
        this.#logger[message.level](message.message, message.fields);
        return;
      case "stopped":
    }
  }
}
