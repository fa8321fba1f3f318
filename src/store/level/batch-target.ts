import type { EventTarget } from "../events/apply-events.ts";
import type { BodyCounts } from "../events/body-counts.ts";
import type { Database } from "./open-database.ts";

type Batch = ReturnType<Database["batch"]>;

/** Puts the changes of one commit into one write batch, which can be made again where the write failed. */
export class BatchTarget implements EventTarget {
  /** Sessions that ended in this commit. */
  readonly ended: number[] = [];
  /** Keys deleted. */
  deleted = 0;
  readonly #counts: BodyCounts;
  readonly #batch: Batch;
  /** What each release of a body answered: the counts are changed once, however often the batch is made. */
  readonly #released: boolean[];
  readonly #again: boolean;
  #next = 0;

  /** @param failed the attempt that this one repeats */
  constructor(database: Database, counts: BodyCounts, failed: BatchTarget | null) {
    this.#batch = database.batch();
    this.#counts = counts;
    this.#released = failed === null ? [] : failed.#released;
    this.#again = failed !== null;
  }

  put(key: Buffer, value: Buffer): void {
    this.#batch.put(key, value);
  }

  delete(key: Buffer): void {
    this.deleted++;
    this.#batch.del(key);
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

  /** Writes everything or nothing; resolves when the disk has it. */
  write(): Promise<void> {
    return this.#batch.write({ sync: true });
  }
}
