import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Carrier } from "./carrier.ts";

/** One end of the way between two shards. */
export interface WayEnd {
  readonly port: MessagePort;
  /** Bytes under way from either side: two numbers that both threads see. */
  readonly waiting: SharedArrayBuffer;
  readonly side: 0 | 1;
}

interface Way {
  readonly port: MessagePort;
  readonly waiting: Int32Array;
  readonly side: 0 | 1;
}

/** The two ends of a new way. */
export function newWay(): readonly [WayEnd, WayEnd] {
  const { port1, port2 } = new MessageChannel();
  const waiting = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  return [
    { port: port1, waiting, side: 0 },
    { port: port2, waiting, side: 1 },
  ];
}

/**
 * The way between shards that are threads of one process: a message port to each other one. A batch is moved, not
 * copied.
 */
export class PortCarrier implements Carrier {
  readonly shard: number;
  onBatch: Carrier["onBatch"] = () => {};
  onJoined: Carrier["onJoined"] = () => {};
  onGone: Carrier["onGone"] = () => {};
  readonly #ways = new Map<number, Way>();

  constructor(shard: number) {
    this.shard = shard;
  }

  get others(): readonly number[] {
    return [...this.#ways.keys()].toSorted((left, right) => left - right);
  }

  /** Another shard has come. */
  join(shard: number, end: WayEnd): void {
    const { port, side } = end;
    const waiting = new Int32Array(end.waiting);
    this.#ways.set(shard, { port, waiting, side });
    this.onJoined(shard);
    port.on("message", (batch: Uint8Array<ArrayBuffer>) => {
      // The mesh may keep none of it, but only it knows when it has read all.
      const { byteLength } = batch;
      this.onBatch(shard, batch);
      Atomics.sub(waiting, 1 - side, byteLength);
    });
  }

  /** Another shard has ended, or crashed. */
  leave(shard: number): void {
    const way = this.#ways.get(shard);
    if (way === undefined) return;
    this.#ways.delete(shard);
    way.port.close();
    this.onGone(shard);
  }

  send(to: number, batch: Uint8Array<ArrayBuffer>): void {
    const way = this.#ways.get(to);
    if (way === undefined) return;
    Atomics.add(way.waiting, way.side, batch.byteLength);
    way.port.postMessage(batch, [batch.buffer]);
  }

  waiting(to: number): number {
    const way = this.#ways.get(to);
    return way === undefined ? 0 : Atomics.load(way.waiting, way.side);
  }

  /** Closes the ways to all others. */
  close(): void {
    for (const { port } of this.#ways.values()) port.close();
    this.#ways.clear();
  }
}
