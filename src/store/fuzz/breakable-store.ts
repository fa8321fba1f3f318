import { type BatchCounts, BatchTarget } from "../level/batch-target.ts";
import { type JournalDatabase, LevelStore } from "../level/level-store.ts";
import type { Database } from "../level/open-database.ts";

class BreakableBatch extends BatchTarget {
  readonly #store: BreakableStore;

  constructor(store: BreakableStore, counts: BatchCounts, failed: BatchTarget | null) {
    super(store.database, counts, failed);
    this.#store = store;
  }

  override write(): Promise<void> {
    this.#store.attempts++;
    return this.#store.broken === null ? super.write() : Promise.reject(this.#store.broken);
  }
}

/** A store whose disk fails while the test says so. */
export class BreakableStore implements JournalDatabase {
  /** What every write fails with; null: it works. */
  broken: Error | null = null;
  /** Writes tried. */
  attempts = 0;
  /** Bytes that it says it has; null: as it is. */
  reportedSize: number | null = null;
  readonly #inner: LevelStore;

  private constructor(inner: LevelStore) {
    this.#inner = inner;
  }

  static async open(path: string): Promise<BreakableStore> {
    return new BreakableStore(await LevelStore.open(path));
  }

  get database(): Database {
    return this.#inner.database;
  }

  target(counts: BatchCounts, failed: BatchTarget | null): BatchTarget {
    return new BreakableBatch(this, counts, failed);
  }

  reopen(): Promise<void> {
    return this.broken === null ? this.#inner.reopen() : Promise.reject(this.broken);
  }

  size(): Promise<number> {
    return this.reportedSize === null ? this.#inner.size() : Promise.resolve(this.reportedSize);
  }

  compact(): Promise<void> {
    return this.#inner.compact();
  }

  guarded<T>(read: () => Promise<T>): Promise<T> {
    return this.#inner.guarded(read);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
