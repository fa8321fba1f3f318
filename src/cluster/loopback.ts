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
  readonly #carriers: LoopbackCarrier[];
  readonly #travelling: Travelling[] = [];
  readonly #cut = new Set<number>();
  /** Runs for each batch that sets out. */
  onSent: () => void = () => {};

  constructor(shards: number, random: Random) {
    this.#random = random;
    const numbers = Array.from({ length: shards }, (_, index) => index);
    this.#carriers = numbers.map((shard) => {
      const others = numbers.filter((other) => other !== shard);
      return new LoopbackCarrier(shard, others, (to, batch) => this.#send({ from: shard, to, batch }));
    });
  }

  /** Batches that have not arrived. */
  get waiting(): number {
    return this.#travelling.length;
  }

  /** A further shard comes; the others hear of it. */
  add(): Carrier {
    const others = this.#carriers.map(({ shard }) => shard);
    const shard = this.#carriers.length;
    const carrier = new LoopbackCarrier(shard, others, (to, batch) => this.#send({ from: shard, to, batch }));
    this.#carriers.push(carrier);
    for (const other of others) (this.#carriers[other] as LoopbackCarrier).join(shard);
    return carrier;
  }

  /** The shard is gone; the others hear of it, behind all that it has sent. */
  remove(shard: number): void {
    while (this.#travelling.some(({ from }) => from === shard)) this.step();
    this.cut(shard);
    for (const carrier of this.#carriers) if (carrier.shard !== shard) carrier.leave(shard);
  }

  /** The way of one shard to the others. */
  carrier(shard: number): Carrier {
    return this.#carriers[shard] as Carrier;
  }

  /** The shard hangs: nothing comes to it or from it any more. */
  cut(shard: number): void {
    this.#cut.add(shard);
  }

  #send(batch: Travelling): void {
    if (this.#cut.has(batch.from) || this.#cut.has(batch.to)) return;
    this.#travelling.push(batch);
    this.onSent();
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
  others: readonly number[];
  onBatch: Carrier["onBatch"] = () => {};
  onJoined: Carrier["onJoined"] = () => {};
  onGone: Carrier["onGone"] = () => {};
  readonly #send: (to: number, batch: Uint8Array<ArrayBuffer>) => void;

  constructor(shard: number, others: readonly number[], send: (to: number, batch: Uint8Array<ArrayBuffer>) => void) {
    this.shard = shard;
    this.others = others;
    this.#send = send;
  }

  join(shard: number): void {
    this.others = [...this.others, shard];
    this.onJoined(shard);
  }

  leave(shard: number): void {
    this.others = this.others.filter((other) => other !== shard);
    this.onGone(shard);
  }

  send(to: number, batch: Uint8Array<ArrayBuffer>): void {
    // As a transfer to a thread does: the memory is the receiver's from now on.
    this.#send(to, structuredClone(batch, { transfer: [batch.buffer] }));
  }
}
