import { Worker } from "node:worker_threads";
import type { Clock, Timer } from "../base/mod.ts";
import type { PasswordEntry, PasswordHashing } from "./password-entry.ts";
import { matchesNow } from "./password-hash.ts";

/** What a thread is given. */
export interface HashTask {
  readonly password: Uint8Array;
  readonly hashing: PasswordHashing;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

interface HashThread {
  readonly worker: Worker;
  /** Ends it when nothing has been to do for a while. */
  idle: Timer | null;
}

/** A thread that had nothing to do for so many milliseconds ends and gives back its memory. */
const idleMilliseconds = 30_000;

const program = new URL(`./hash-thread.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

/**
 * Threads that hash passwords, each one at a time, with a lower priority than the event loop's (on Linux). Node's own
 * pool has the loop's priority: on a machine with few cores clients would wait for a core until a hash is done with it.
 *
 * There are as many threads as hashes at the same time; the caller bounds these.
 */
export class HashThreads {
  readonly #clock: Clock;
  readonly #idle: HashThread[] = [];
  readonly #all = new Set<HashThread>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True if the password is the one of the entry; false when closed. Fails if a thread cannot be started, or ends. */
  async matches(password: Uint8Array, entry: PasswordEntry): Promise<boolean> {
    // A microsecond: not worth a thread.
    if (entry.hashing.kind === "digest") return matchesNow(password, entry);
    const thread = this.#idle.pop() ?? this.#start();
    thread.idle?.cancel();
    try {
      const right = await ask(thread.worker, password, entry);
      this.#rest(thread);
      return right;
    } catch (error) {
      this.#end(thread);
      if (this.#closed) return false;
      throw error;
    }
  }

  /** Ends all threads, also those that hash. */
  close(): void {
    this.#closed = true;
    for (const thread of this.#all) this.#end(thread);
  }

  #start(): HashThread {
    const thread = { worker: new Worker(program, { execArgv: [], env: {} }), idle: null };
    // What a thread says before it is asked anything: it cannot be used, and the one who asks hears that it has ended.
    thread.worker.on("error", () => {});
    this.#all.add(thread);
    return thread;
  }

  #rest(thread: HashThread): void {
    if (this.#closed) return;
    // A program that embeds the broker may end while it waits.
    thread.worker.unref();
    thread.idle = this.#clock.after(idleMilliseconds, () => this.#end(thread));
    this.#idle.push(thread);
  }

  #end(thread: HashThread): void {
    thread.idle?.cancel();
    this.#all.delete(thread);
    const index = this.#idle.indexOf(thread);
    if (index >= 0) this.#idle.splice(index, 1);
    void thread.worker.terminate();
  }
}

/** One question to a thread that has no other. */
function ask(worker: Worker, password: Uint8Array, { hashing, salt, hash }: PasswordEntry): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const ended = (): void => reject(new Error("the thread that hashes passwords has ended"));
  worker.once("error", reject);
  worker.once("exit", ended);
  worker.once("message", resolve);
  worker.ref();
  // Copies: what is cloned is the whole memory that a view looks at.
  const task: HashTask = {
    password: Uint8Array.from(password),
    hashing,
    salt: Uint8Array.from(salt),
    hash: Uint8Array.from(hash),
  };
  worker.postMessage(task);
  return promise.finally(() => worker.off("error", reject).off("exit", ended).off("message", resolve));
}
