import type { MessagePort } from "node:worker_threads";
import type { Carrier } from "./carrier.ts";

/**
 * The way between shards that are threads of one process: a message port to each other one. A batch is moved, not
 * copied.
 */
export class PortCarrier implements Carrier {
  readonly shard: number;
  onBatch: Carrier["onBatch"] = () => {};
  onJoined: Carrier["onJoined"] = () => {};
  onGone: Carrier["onGone"] = () => {};
  readonly #ports = new Map<number, MessagePort>();

  constructor(shard: number) {
    this.shard = shard;
  }

  get others(): readonly number[] {
    return [...this.#ports.keys()].toSorted((left, right) => left - right);
  }

  /** Another shard has come; `port` leads to it. */
  join(shard: number, port: MessagePort): void {
    this.#ports.set(shard, port);
    this.onJoined(shard);
    port.on("message", (batch: Uint8Array<ArrayBuffer>) => this.onBatch(shard, batch));
  }

  /** Another shard has ended, or crashed. */
  leave(shard: number): void {
    const port = this.#ports.get(shard);
    if (port === undefined) return;
    this.#ports.delete(shard);
    port.close();
    this.onGone(shard);
  }

  send(to: number, batch: Uint8Array<ArrayBuffer>): void {
    this.#ports.get(to)?.postMessage(batch, [batch.buffer]);
  }

  /** Closes the ways to all others. */
  close(): void {
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
  }
}
