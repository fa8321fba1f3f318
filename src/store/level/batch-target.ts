import type { EventTarget } from "../events/apply-events.ts";
import { EventType } from "../events/event-type.ts";
import { KeySpace } from "../events/store-keys.ts";
import type { BodyCounts } from "../events/body-counts.ts";
import type { Database } from "./open-database.ts";
import type { WriteBatch, WriteBatches } from "./write-batch.ts";

/** Numbers of what sets out for other shards. */
export interface TransitNumbers {
  last: number;
}

/** What batches share. */
export interface BatchCounts {
  readonly bodies: BodyCounts;
  readonly transits: TransitNumbers;
  readonly batches: WriteBatches;
}

/** Puts the changes of one commit into one write batch, which can be made again where the write failed. */
export class BatchTarget implements EventTarget {
  /** Sessions that ended in this commit. */
  readonly ended: number[] = [];
  /** Entries of queues, and bodies, that are new. */
  added = 0;
  /** The same that went. */
  deleted = 0;
  readonly #counts: BodyCounts;
  readonly #batches: WriteBatches;
  readonly #batch: WriteBatch;
  /** What each release of a body answered: the counts are changed once, however often the batch is made. */
  readonly #released: boolean[];
  readonly #again: boolean;
  #next = 0;
  /** Numbers of what sets out for other shards, in their order: they stay the same as well. */
  readonly #transits: { readonly place: number; readonly number: number }[];
  #nextTransit = 0;
  readonly #numbers: TransitNumbers;

  /** @param failed the attempt that this one repeats */
  constructor(database: Database, counts: BatchCounts, failed: BatchTarget | null) {
    this.#batches = counts.batches;
    this.#batch = counts.batches.take(database);
    this.#counts = counts.bodies;
    this.#numbers = counts.transits;
    this.#transits = failed === null ? [] : failed.#transits;
    this.#released = failed === null ? [] : failed.#released;
    this.#again = failed !== null;
  }

  put(key: Buffer, value: Buffer): void {
    if (isOfQueues(key) && value[0] !== EventType.acknowledged) this.added++;
    this.#batch.put(key, value);
  }

  delete(key: Buffer): void {
    if (isOfQueues(key)) this.deleted++;
    this.#batch.delete(key);
  }

  sessionEnded(session: number): void {
    this.ended.push(session);
  }

  bodyHeld(body: number, references: number): void {
    if (!this.#again) this.#counts.add(body, references);
  }

  bodyReleased(body: number): boolean {
    if (this.#again) return this.#released[this.#next++] === true;
    const last = this.#counts.release(body);
    this.#released.push(last);
    return last;
  }

  /** What sets out for other shards with this batch. */
  get transits(): readonly { readonly place: number; readonly number: number }[] {
    return this.#transits;
  }

  transitNumber(place: number): number {
    const known = this.#transits[this.#nextTransit++];
    if (known !== undefined) return known.number;
    const number = ++this.#numbers.last;
    this.#transits.push({ place, number });
    return number;
  }

  /** Writes everything or nothing; resolves when the disk has it. */
  async write(): Promise<void> {
    try {
      await this.#batch.write();
    } finally {
      this.#batches.giveBack(this.#batch);
    }
  }
}

function isOfQueues(key: Buffer): boolean {
  return key[0] === KeySpace.queued || key[0] === KeySpace.body;
}
