import { assert } from "../base/mod.ts";

/** Shards that one mesh can have: numbers below it. */
export const shardsMax = 0x1_0000;

/**
 * The clock of a mesh (Lamport 1978): says which of two events on different shards counts as the later one, and all
 * shards agree. Whatever a shard has seen of another is earlier than what it does afterwards. A moment is unlike any
 * other of any shard: the shard's number is its last sixteen bits.
 */
export class MeshClock {
  readonly shard: number;
  #count = 0;

  constructor(shard: number) {
    assert(shard >= 0 && shard < shardsMax, "a shard's number has sixteen bits");
    this.shard = shard;
  }

  /** The latest moment that this shard has made or seen. */
  get latest(): number {
    return this.#count * shardsMax + this.shard;
  }

  /** A new moment, later than all that this shard has made or seen. */
  tick(): number {
    this.#count++;
    return this.latest;
  }

  /** Another shard's moment was seen. */
  saw(moment: number): void {
    const count = Math.floor(moment / shardsMax);
    if (count > this.#count) this.#count = count;
  }
}
