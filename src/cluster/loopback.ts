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
  readonly #busy = new Set<number>();
  /** Runs for each batch that sets out. */
  onSent: () => void = () => {};

  constructor(shards: number, random: Random) {
    this.#random = random;
    const numbers = Array.from({ length: shards }, (_, index) => index);
    this.#carriers = numbers.map((shard) => {
      const others = numbers.filter((other) => other !== shard);
      return this.#make(shard, others);
    });
  }

  /** Batches that have not arrived, but for those that a busy shard does not take. */
  get waiting(): number {
    return this.#arriving.length;
  }

  /** A further shard comes; the others hear of it. */
  add(): Carrier {
    const others = this.#carriers.map(({ shard }) => shard);
    const shard = this.#carriers.length;
    const carrier = this.#make(shard, others);
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

  #make(shard: number, others: readonly number[]): LoopbackCarrier {
    const send = (to: number, batch: Uint8Array<ArrayBuffer>): void => this.#send({ from: shard, to, batch });
    const waiting = (shardTo: number): number => {
      const between = this.#travelling.filter(({ from, to }) => from === shard && to === shardTo);
      return between.reduce((bytes, { batch }) => bytes + batch.length, 0);
    };
    return new LoopbackCarrier(shard, others, { send, waiting });
  }

  #send(batch: Travelling): void {
    if (this.#cut.has(batch.from) || this.#cut.has(batch.to)) return;
    this.#travelling.push(batch);
    this.onSent();
  }

  /** The shard takes nothing, or again what comes. */
  setBusy(shard: number, busy: boolean): void {
    if (busy) this.#busy.add(shard);
    else this.#busy.delete(shard);
  }

  get #arriving(): readonly Travelling[] {
    return this.#busy.size === 0 ? this.#travelling : this.#travelling.filter(({ to }) => !this.#busy.has(to));
  }

  /** Lets one batch arrive: of any pair of shards the one that was sent first. */
  step(): void {
    const arriving = this.#arriving;
    const pick = arriving[this.#random.below(arriving.length)];
    if (pick === undefined) return;
    const first = this.#travelling.findIndex(({ from, to }) => from === pick.from && to === pick.to);
    const [{ from, to, batch }] = this.#travelling.splice(first, 1) as [Travelling];
    (this.#carriers[to] as LoopbackCarrier).onBatch(from, batch);
  }
}

/** What a {@link LoopbackCarrier} has of its network. */
interface LoopbackWays {
  readonly send: (to: number, batch: Uint8Array<ArrayBuffer>) => void;
  readonly waiting: (to: number) => number;
}

class LoopbackCarrier implements Carrier {
  readonly shard: number;
  others: readonly number[];
  onBatch: Carrier["onBatch"] = () => {};
  onJoined: Carrier["onJoined"] = () => {};
  onGone: Carrier["onGone"] = () => {};
  readonly #ways: LoopbackWays;

  constructor(shard: number, others: readonly number[], ways: LoopbackWays) {
    this.shard = shard;
    this.others = others;
    this.#ways = ways;
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
    this.#ways.send(to, structuredClone(batch, { transfer: [batch.buffer] }));
  }

  waiting(to: number): number {
    return this.#ways.waiting(to);
  }
}
