import { DropReason, type Statistics } from "../session/mod.ts";
import type { Carrier } from "./carrier.ts";
import type { Link } from "./link.ts";

/** What {@link Crowding} works with. */
export interface CrowdingParts {
  readonly carrier: Carrier;
  readonly links: ReadonlyMap<number, Link>;
  /** Bytes that may wait for one other shard. */
  readonly waitingBytesMax: number;
  readonly statistics: Statistics;
  /** Monotonic milliseconds of this turn. */
  readonly now: () => number;
}

/** Milliseconds without anything taken after which a shard counts as stuck. */
const stuckMilliseconds = 1000;

/** A shard that has more to take than it may. */
interface Crowded {
  /** Bytes that waited when it became crowded, and those that were sent since. */
  given: number;
  /** Of these, what it had taken when it was looked at last. */
  taken: number;
  /** When it has taken something, as far as is known. */
  movedAt: number;
}

/**
 * Bounds what waits on the way to other shards. Who publishes waits while a shard has more to take than it may; a shard
 * that takes nothing at all holds up the others for a second, and gets no messages from then on until it takes again.
 */
export class Crowding {
  readonly #parts: CrowdingParts;
  readonly #crowded = new Map<number, Crowded>();
  #room: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;

  constructor(parts: CrowdingParts) {
    this.#parts = parts;
  }

  /** See `SessionClaims.room`. */
  room(): Promise<void> | null {
    return this.#room === null ? null : this.#room.promise;
  }

  /** True if a message may not be sent there, which is then counted. */
  refuses(link: Link): boolean {
    if (this.#crowded.size === 0 || !this.isStuck(link.shard)) return false;
    const { messagesDropped } = this.#parts.statistics;
    messagesDropped[DropReason.shardStuck] = (messagesDropped[DropReason.shardStuck] as number) + 1;
    return true;
  }

  /** True if a shard has more to take than it may, and takes nothing. */
  isStuck(shard: number): boolean {
    const crowded = this.#crowded.get(shard);
    return crowded !== undefined && this.#isStuck(crowded);
  }

  /** A batch of so many bytes has left. */
  sent({ shard }: Link, bytes: number): void {
    const { carrier, waitingBytesMax, now } = this.#parts;
    const crowded = this.#crowded.get(shard);
    if (crowded !== undefined) {
      crowded.given += bytes;
      return;
    }
    const given = carrier.waiting(shard);
    if (given <= waitingBytesMax) return;
    this.#crowded.set(shard, { given, taken: 0, movedAt: now() });
    this.#room ??= Promise.withResolvers();
  }

  /** Looks whether those who had too much have taken it. To be called at the end of each turn and at each tick. */
  look(): void {
    if (this.#crowded.size === 0) return;
    const { carrier, links, waitingBytesMax, now } = this.#parts;
    let wait = false;
    for (const [shard, crowded] of this.#crowded) {
      const bytes = carrier.waiting(shard);
      const taken = crowded.given - bytes;
      if (taken > crowded.taken) crowded.movedAt = now();
      crowded.taken = taken;
      // Half of it, so that who waits does not wait again at once.
      if (!links.has(shard) || bytes <= waitingBytesMax / 2) this.#crowded.delete(shard);
      else if (!this.#isStuck(crowded)) wait = true;
    }
    if (wait || this.#room === null) return;
    this.#room.resolve();
    this.#room = null;
  }

  #isStuck({ movedAt }: Crowded): boolean {
    return this.#parts.now() - movedAt >= stuckMilliseconds;
  }
}
