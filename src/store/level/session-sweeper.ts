import { KeySpace, numberKey } from "../events/store-keys.ts";
import type { BodyCounts } from "../events/body-counts.ts";
import type { Database } from "./open-database.ts";
import { bodyElsewhere } from "./read-queue.ts";

/** Keys deleted at once. */
const keysPerBatch = 1000;

/** What belongs to a session besides the keys that end with it. */
const spaces = [KeySpace.subscription, KeySpace.received, KeySpace.queued] as const;

/**
 * Deletes what ended sessions left behind, one session after the other, beside everything else. What a crash leaves
 * undone is found at the next start, because the session itself is gone.
 */
export class SessionSweeper {
  readonly #counts: BodyCounts;
  readonly #database: () => Database;
  readonly #waiting: number[] = [];
  #running: Promise<void> | null = null;
  #closed = false;
  /** Runs after entries of queues, and bodies, were deleted. */
  onDeleted: (entries: number) => void = () => {};
  /** Runs where the store fails; the sessions stay to be swept. */
  onFailed: (error: unknown) => void = () => {};

  constructor(database: () => Database, counts: BodyCounts) {
    this.#database = database;
    this.#counts = counts;
  }

  /** Sessions that are not swept yet. */
  get size(): number {
    return this.#waiting.length;
  }

  add(sessions: readonly number[]): void {
    for (const session of sessions) this.#waiting.push(session);
    this.start();
  }

  /** Begins, or goes on after a failure. */
  start(): void {
    if (this.#running !== null || this.#waiting.length === 0 || this.#closed) return;
    this.#running = this.#run().then(
      () => {
        this.#running = null;
      },
      (error: unknown) => {
        this.#running = null;
        this.onFailed(error);
      },
    );
  }

  /** Resolves when nothing is going on. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.settled();
  }

  async #run(): Promise<void> {
    for (let session = this.#waiting[0]; session !== undefined && !this.#closed; session = this.#waiting[0]) {
      for (const space of spaces) await this.#sweep(space, session);
      this.#waiting.shift();
    }
  }

  async #sweep(space: KeySpace, session: number): Promise<void> {
    for (;;) {
      const database = this.#database();
      const range = { gte: numberKey(space, session), lt: numberKey(space, session + 1), limit: keysPerBatch };
      const entries = await database.iterator({ ...range, fillCache: false, highWaterMarkBytes: 1 << 20 }).all();
      if (entries.length === 0 || this.#closed) return;
      const bodies = space === KeySpace.queued ? entries.map(([, value]) => bodyElsewhere(value)) : [];
      const batch = database.batch();
      for (const [key] of entries) batch.del(key);
      await batch.write();
      if (space === KeySpace.queued) this.onDeleted(entries.length + (await this.#release(bodies)));
    }
  }

  /**
   * After the entries are gone, so that a failure in between leaves a body too many and never one too few. Answers how
   * many bodies went.
   */
  async #release(bodies: readonly number[]): Promise<number> {
    const batch = this.#database().batch();
    for (const body of bodies) {
      if (body > 0 && this.#counts.release(body)) batch.del(numberKey(KeySpace.body, body));
    }
    const { length } = batch;
    await batch.write();
    return length;
  }
}
