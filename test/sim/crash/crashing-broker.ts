import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../kit/temporary-folder.ts";

const child = fileURLToPath(new URL("broker-child.ts", import.meta.url));

/** A broker that is killed and comes back on the same data folder, with the next process already waiting. */
export class CrashingBroker implements AsyncDisposable {
  readonly folder: string = temporaryFolder("crash");
  port = 0;
  readonly #shards: number;
  #running: ChildProcess | null = null;
  #standby: ChildProcess = fork(child);

  constructor(shards: number) {
    this.#shards = shards;
  }

  /** Starts it, or starts it again. */
  async start(): Promise<void> {
    const process = this.#standby;
    this.#standby = fork(child);
    this.#running = process;
    process.send({ folder: this.folder, shards: this.#shards });
    const [answer] = (await once(process, "message")) as [{ port?: number; error?: string }];
    if (answer.port === undefined) throw new Error(answer.error);
    this.port = answer.port;
  }

  /** kill -9 */
  async kill(): Promise<void> {
    const process = this.#running;
    if (process === null) return;
    this.#running = null;
    const ended = once(process, "exit");
    process.kill("SIGKILL");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    const ended = once(this.#standby, "exit");
    this.#standby.kill("SIGKILL");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
