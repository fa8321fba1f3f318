import { setImmediate as turn } from "node:timers/promises";
import { silentLogger, systemClock } from "../../base/mod.ts";
import type { Config } from "../../config/mod.ts";
import type { ThreadChannel } from "../shard-thread-handle.ts";
import type { ThreadData } from "../shard-thread-message.ts";
import { ThreadedBroker } from "../threaded-broker.ts";
import { ownPorts } from "../thread-listeners.ts";
import { ThreadPool } from "./thread-pool.ts";

/** A broker of several threads, each of which listens on ports of its own: a test chooses where its clients are. */
export interface ThreadsOnOwnPorts {
  /** The ports of the first listener of the configuration, one for each shard. */
  readonly ports: readonly number[];
  readonly transport: ThreadedBroker["transport"];
  /** Moves the time of all shards on and lets them settle. Only where they have a clock that stands still. */
  advance(milliseconds: number): Promise<void>;
  stop(): Promise<void>;
}

const pool = new ThreadPool();

/** Rounds over all shards after which what one of them said to another, and that one to a third, has arrived. */
const rounds = 3;

/** Starts it, with a clock that stands still or with the machine's. */
export async function startThreadsOnOwnPorts(
  config: Config,
  { count, manualClock }: { readonly count: number; readonly manualClock: boolean },
): Promise<ThreadsOnOwnPorts> {
  const open = (data: ThreadData): ThreadChannel => pool.run(data, manualClock);
  const services = { logger: silentLogger, clock: systemClock, listeners: ownPorts, open };
  const broker = await ThreadedBroker.start({ ...services, config, count });
  const [first] = broker.listeners;
  const threads = broker.threads.running.map(({ worker }) => new ClockThread(worker));
  const tell = async (milliseconds: number): Promise<void> => {
    await Promise.all(threads.map((thread) => thread.advance(milliseconds)));
  };
  const settle = async (): Promise<void> => {
    for (let round = 0; round < rounds; round++) await tell(0);
  };
  return {
    ports: broker.listeners.filter(({ name }) => name === first?.name).map(({ port }) => port),
    transport: broker.transport,
    async advance(milliseconds) {
      await settle();
      await tell(milliseconds);
      await settle();
    },
    async stop() {
      const progress = { stopped: !manualClock };
      const stopping = broker.stop().finally(() => {
        progress.stopped = true;
      });
      // The time that clients have who do not read is over at once.
      while (!progress.stopped) {
        for (const { worker } of broker.threads.running) worker.postMessage({ kind: "advance", milliseconds: 1000 });
        await turn();
      }
      await stopping;
    },
  };
}

/** A thread whose clock a test moves. */
class ClockThread {
  readonly #thread: ThreadChannel;
  readonly #waiting: (() => void)[] = [];

  constructor(thread: ThreadChannel) {
    this.#thread = thread;
    thread.on("message", ({ kind }: { readonly kind: string }) => {
      if (kind === "advanced") this.#waiting.shift()?.();
    });
    thread.on("exit", () => {
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }

  /** Resolves when what became due is on its way, or the thread has ended. */
  advance(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#thread.postMessage({ kind: "advance", milliseconds });
    });
  }
}
