/** Moments of one count that differ by shard. */
const shardsApart = 0x400;

/** Counts in a millisecond: so many claims may a shard make in one without being ahead of the wall clock. */
const perMillisecond = 8;

/** 2020-01-01. */
const epoch = 1_577_836_800_000;

/** Until 2054; what 53 bits have room for beyond that is for counting on. */
const countMax = (Number.MAX_SAFE_INTEGER + 1) / shardsApart - 2 ** 32;

/**
 * Says which of two CONNECTs of one client that came to different shards is the later one, and all shards agree: a
 * client that leaves one shard and comes to another is where it came last, whichever claim is heard of first. Goes by
 * the wall clock, which the shards share; where that stands still or is far out it counts (Lamport 1978).
 */
export class ClaimClock {
  readonly #shard: number;
  readonly #wallTime: () => number;
  #count = 0;

  /** @param wallTime milliseconds since 1970 */
  constructor(shard: number, wallTime: () => number) {
    this.#shard = shard % shardsApart;
    this.#wallTime = wallTime;
  }

  /** A new moment, later than all that this shard has made or seen, and unlike those of others. */
  tick(): number {
    this.#count = Math.max(this.#count + 1, this.#wall);
    return this.#count * shardsApart + this.#shard;
  }

  /** Now, for what no other shard hears of: not later than any moment that one of them makes from now on. */
  get quiet(): number {
    return this.#wall * shardsApart;
  }

  /** Another shard's moment was seen. */
  saw(moment: number): void {
    this.#count = Math.max(this.#count, Math.floor(moment / shardsApart));
  }

  get #wall(): number {
    const wall = Math.floor(this.#wallTime() - epoch) * perMillisecond;
    return wall > 0 && wall < countMax ? wall : 0;
  }
}
