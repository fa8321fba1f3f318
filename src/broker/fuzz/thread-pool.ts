import { MessageChannel, type MessagePort, type Transferable, Worker } from "node:worker_threads";
import type { ThreadChannel } from "../shard-thread-handle.ts";
import type { ThreadData } from "../shard-thread-message.ts";

/** What a {@link ThreadPool}'s thread is told for each shard that it runs. */
export interface PooledRun {
  readonly data: ThreadData;
  /** Leads to the supervisor of the shard. */
  readonly port: MessagePort;
  readonly manualClock: boolean;
}

/**
 * Threads that run one test broker's shard after the other: to load all modules anew for each test would take longer
 * than most tests.
 */
export class ThreadPool {
  readonly #idle: Worker[] = [];

  /** Lets a thread run a shard. */
  run(data: ThreadData, manualClock: boolean): ThreadChannel {
    const worker = this.#idle.pop() ?? this.#make();
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ data, port: port2, manualClock } satisfies PooledRun, [port2]);
    return new PooledThread(worker, port1, () => this.#idle.push(worker));
  }

  #make(): Worker {
    const worker = new Worker(new URL("pooled-shard-thread.ts", import.meta.url));
    // The process of the tests ends when they have ended.
    worker.unref();
    worker.setMaxListeners(0);
    return worker;
  }
}

/** One shard in a thread of the pool. */
class PooledThread implements ThreadChannel {
  readonly #worker: Worker;
  readonly #port: MessagePort;

  constructor(worker: Worker, port: MessagePort, release: () => void) {
    this.#worker = worker;
    this.#port = port;
    const crashed = (): void => port.close();
    worker.once("exit", crashed);
    port.once("close", () => {
      worker.off("exit", crashed);
      if (worker.threadId >= 0) release();
    });
  }

  postMessage(message: unknown, transfer: readonly Transferable[] = []): void {
    this.#port.postMessage(message, [...transfer]);
  }

  on(event: "message" | "error" | "exit", listener: Parameters<Worker["on"]>[1]): this {
    if (event === "exit") this.#port.on("close", listener);
    else if (event === "message") this.#port.on("message", listener);
    else this.#worker.once("error", listener);
    return this;
  }

  terminate(): Promise<unknown> {
    return this.#worker.terminate();
  }
}
