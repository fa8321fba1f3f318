import type { Random } from "../base/mod.ts";
import type { Carrier } from "./carrier.ts";

/** A batch on its way. */
interface Travelling {
  readonly from: number;
  readonly to: number;
  readonly batch: Uint8Array<ArrayBuffer>;
}

/**
 * Several shards in one process, without threads: batches are delivered in an order that a seed decides, one after the
 * other from each shard to each other, but with any delay between different pairs. What goes wrong in such an order can
 * go wrong between threads and machines too, and here it happens again with the same seed.
 */
export class LoopbackNetwork {
  readonly #random: Random;
  readonly #carriers: readonly LoopbackCarrier[];
  readonly #travelling: Travelling[] = [];

  constructor(shards: number, random: Random) {
    this.#random = random;
    const numbers = Array.from({ length: shards }, (_, index) => index);
    this.#carriers = numbers.map((shard) => {
      const others = numbers.filter((other) => other !== shard);
      return new LoopbackCarrier(shard, others, (to, batch) => this.#travelling.push({ from: shard, to, batch }));
    });
  }

  /** Batches that have not arrived. */
  get waiting(): number {
    return this.#travelling.length;
  }

  /** The way of one shard to the others. */
  carrier(shard: number): Carrier {
    return this.#carriers[shard] as Carrier;
  }

  /** Lets one batch arrive: of any pair of shards the one that was sent first. */
  step(): void {
    const pick = this.#travelling[this.#random.below(this.#travelling.length)];
    if (pick === undefined) return;
    const first = this.#travelling.findIndex(({ from, to }) => from === pick.from && to === pick.to);
    const [{ from, to, batch }] = this.#travelling.splice(first, 1) as [Travelling];
    (this.#carriers[to] as LoopbackCarrier).onBatch(from, batch);
  }
}

class LoopbackCarrier implements Carrier {
  readonly shard: number;
  readonly others: readonly number[];
  onBatch: Carrier["onBatch"] = () => {};
  onJoined: Carrier["onJoined"] = () => {};
  onGone: Carrier["onGone"] = () => {};
  readonly #send: (to: number, batch: Uint8Array<ArrayBuffer>) => void;

  constructor(shard: number, others: readonly number[], send: (to: number, batch: Uint8Array<ArrayBuffer>) => void) {
    this.shard = shard;
    this.others = others;
    this.#send = send;
  }

  send(to: number, batch: Uint8Array<ArrayBuffer>): void {
    // As a transfer to a thread does: the memory is the receiver's from now on.
    this.#send(to, structuredClone(batch, { transfer: [batch.buffer] }));
  }
}
