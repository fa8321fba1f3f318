import { type Transferable, Worker } from "node:worker_threads";
import { type Logger, WorldError, type WorldErrorCode } from "../base/mod.ts";
import type { FromThread, ThreadCalls, ThreadData, ThreadStarted, ToThread } from "./shard-thread-message.ts";

/** What a shard's thread tells unasked. */
export type ThreadNews = Extract<FromThread, { kind: "message" | "event" }>;

/** The way to a thread: a worker, or what stands for one. */
export interface ThreadChannel {
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
  on(event: "message", listener: (message: FromThread) => void): this;
  on(event: "error", listener: (error: unknown) => void): this;
  on(event: "exit", listener: () => void): this;
  terminate(): Promise<unknown>;
}

/** What a {@link ShardThread} is made with. */
export interface ThreadSurroundings {
  /** Makes the thread. */
  readonly open: (data: ThreadData) => ThreadChannel;
  readonly logger: Logger;
  readonly onNews: (news: ThreadNews) => void;
}

const program = new URL(`./shard-thread.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

/** A thread that runs a shard on the machine's clock. */
export function openThread(data: ThreadData): ThreadChannel {
  return new Worker(program, { workerData: data });
}

interface OpenCall {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One shard's thread, seen from the one that supervises it. */
export class ShardThread {
  readonly worker: ThreadChannel;
  /** Resolves when it has everything that was there before; fails as {@link started}. */
  readonly prepared: Promise<void>;
  /** Resolves when it listens; fails with what a broker's start fails with. */
  readonly started: Promise<ThreadStarted>;
  /** Resolves when the thread has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly #surroundings: ThreadSurroundings;
  readonly #preparing = Promise.withResolvers<void>();
  readonly #newsWaiting: Int32Array;
  readonly #starting = Promise.withResolvers<ThreadStarted>();
  readonly #calls = new Map<number, OpenCall>();
  #lastCall = 0;
  #running = true;

  constructor(data: ThreadData, surroundings: ThreadSurroundings) {
    this.#surroundings = surroundings;
    this.#newsWaiting = new Int32Array(data.newsWaiting);
    this.worker = surroundings.open(data);
    this.prepared = this.#preparing.promise;
    this.started = this.#starting.promise;
    this.worker.on("message", (message: FromThread) => this.#receive(message));
    this.worker.on("error", (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      surroundings.logger.error("an error that nobody caught", { shard: data.shard, error: text });
    });
    this.ended = new Promise((resolve) => {
      this.worker.on("exit", () => {
        this.#running = false;
        this.#failed(new Error("the shard has ended before it was started"));
        for (const { reject } of this.#calls.values()) reject(new ShardGone());
        this.#calls.clear();
        resolve();
      });
    });
    // Whoever waits for the start hears of it; where nobody does, nobody needs to.
    this.prepared.catch(() => {});
    this.started.catch(() => {});
  }

  send(message: ToThread): void {
    this.worker.postMessage(message);
  }

  /**
   * Has the shard do something.
   * @throws ShardGone it ended meanwhile
   */
  call<Name extends keyof ThreadCalls>(
    name: Name,
    ...words: Parameters<ThreadCalls[Name]>
  ): ReturnType<ThreadCalls[Name]> {
    const id = ++this.#lastCall;
    const answer = new Promise((resolve, reject) => {
      if (!this.#running) return reject(new ShardGone());
      this.#calls.set(id, { resolve, reject });
      this.send({ kind: "call", id, name, words });
    });
    return answer as ReturnType<ThreadCalls[Name]>;
  }

  /** Stops the shard in order. */
  stop(): Promise<void> {
    this.send({ kind: "stop" });
    return this.ended;
  }

  #receive(message: FromThread): void {
    switch (message.kind) {
      case "started":
        return this.#starting.resolve(message);
      case "prepared":
        return this.#preparing.resolve();
      case "failed":
        return this.#failed(errorOf(message.code, message.message));
      case "answer":
        return this.#ended(message.id)?.resolve(message.answer);
      case "fault":
        return this.#ended(message.id)?.reject(errorOf(message.code, message.message));
      case "log":
        return this.#surroundings.logger[message.level](message.message, message.fields);
      case "message":
      case "event":
        this.#surroundings.onNews(message);
        Atomics.sub(this.#newsWaiting, 0, message.bytes);
        return;
      default:
        return message satisfies never;
    }
  }

  #failed(error: Error): void {
    this.#preparing.reject(error);
    this.#starting.reject(error);
  }

  #ended(id: number): OpenCall | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }
}

/** A shard ended while something was to be done there. */
export class ShardGone extends Error {
  override readonly name = "ShardGone";

  constructor() {
    super("the shard has ended");
  }
}

function errorOf(code: WorldErrorCode | null, message: string): Error {
  return code === null ? new Error(message) : new WorldError(code, message);
}
