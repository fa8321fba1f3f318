import { type Clock, type Logger, type Timer, WorldError } from "../../base/mod.ts";
import { applyEvents } from "../events/apply-events.ts";
import { BodyCounts } from "../events/body-counts.ts";
import type { JournalStatistics } from "../journal.ts";
import { type PackedValues, packValues } from "../packed-values.ts";
import type { QueueRequest } from "../stored-message.ts";
import { GarbageEstimate } from "./garbage-estimate.ts";
import type { BatchCounts, BatchTarget } from "./batch-target.ts";
import { codeOf } from "./data-folder.ts";
import type { JournalDatabase } from "./level-store.ts";
import { PageMemory } from "./page-memory.ts";
import { readQueue } from "./read-queue.ts";
import { ReadTurns } from "./read-turns.ts";
import { readTransits, type TransitEntry, type TransitRequest } from "./read-transits.ts";
import { type EntryVisitor, hasMarks, type Restored, readPlaces, restore, scan } from "./restore.ts";
import { SessionSweeper } from "./session-sweeper.ts";
import { WriteBatches } from "./write-batch.ts";

/** What a {@link StoreWriter} works with. */
export interface WriterServices {
  /** Clock of waits on the disk. */
  readonly pace: Clock;
  readonly logger: Logger;
}

/** Ceilings of a {@link StoreWriter}. */
export interface LocalJournalLimits {
  /** Bytes on the disk above which nothing more is taken in. */
  readonly storeBytesMax: number;
}

/** Queues that are read at the same time: twice the threads that read. */
const readsMax = 8;

/** Milliseconds between two attempts while the store fails. */
const retryMilliseconds = 1000;

/** Milliseconds between two looks at the size of the store. */
const measureMilliseconds = 1000;

/**
 * Keeps events in an embedded database: one write batch with one flush of the disk for all that is given to it at once,
 * never more than one batch at a time. Where a write fails, it is tried again until it succeeds.
 */
export class StoreWriter {
  readonly statistics: JournalStatistics = { commits: 0, committedBytes: 0, failures: 0, storeBytes: 0 };
  /** Runs when the batch that was given last is safe. */
  onWritten: () => void = () => {};
  /** Runs before that with what set out for other shards with the batch. */
  onTransits: (transits: BatchTarget["transits"]) => void = () => {};
  /** Runs when the store has begun to fail, or a further attempt has failed. */
  onFailing: () => void = () => {};
  /** Runs when {@link refuses}, {@link failing} or the size may have changed. */
  onState: () => void = () => {};
  readonly #store: JournalDatabase;
  readonly #pace: Clock;
  readonly #logger: Logger;
  readonly #limits: LocalJournalLimits;
  readonly #counts: BatchCounts = { bodies: new BodyCounts(), transits: { last: 0 }, batches: new WriteBatches() };
  readonly #sweeper: SessionSweeper;
  #failing = false;
  /** True if it fails because there is no room. */
  #outOfRoom = false;
  #full = false;
  #closing = false;
  #measure: Timer;
  readonly #pages = new PageMemory();
  readonly #turns = new ReadTurns(readsMax);
  readonly #garbage = new GarbageEstimate();
  #compacting: Promise<void> | null = null;
  /** Reads that wait for the store to work again. */
  #readers: (() => void)[] = [];

  constructor(store: JournalDatabase, limits: LocalJournalLimits, services: WriterServices) {
    this.#store = store;
    this.#limits = limits;
    this.#pace = services.pace;
    this.#logger = services.logger;
    this.#sweeper = new SessionSweeper(() => store.database, this.#counts.bodies);
    this.#sweeper.onDeleted = (keys) => this.#garbage.deleted(keys);
    this.#sweeper.onFailed = (error) => {
      if (!this.#failing)
        this.#logger.warn("the store could not delete what an ended session left", { error: codeOf(error) });
    };
    this.#measure = this.#pace.after(measureMilliseconds, () => this.#onMeasure());
  }

  get failing(): boolean {
    return this.#failing;
  }

  get refuses(): boolean {
    return this.#failing || this.#full;
  }

  /** True if it refuses because there is no room, and not because it fails otherwise. */
  get outOfRoom(): boolean {
    return this.#full || this.#outOfRoom;
  }

  /**
   * Gives the visitor everything that the store holds; to be called once, before anything is written.
   * @param pause see `restore`
   * @throws WorldError `store_damaged`
   */
  async restore(visitor: EntryVisitor, pause: () => Promise<void> | void = () => {}): Promise<Restored> {
    const found = await this.#store.guarded(() => restore(this.#store.database, visitor, this.#counts.bodies, pause));
    this.#counts.transits.last = found.lastTransit;
    this.#garbage.found(found.entries);
    this.#sweeper.add(found.orphans);
    await this.#measureStore();
    return found;
  }

  /** Gives the visitor once more what the store holds now. What runs meanwhile goes on. */
  async scan(visitor: EntryVisitor, pause: () => Promise<void> | void): Promise<void> {
    await this.#store.guarded(() => scan(this.#store.database, visitor, new BodyCounts(), pause));
  }

  /** True if a session was on its way between two places. */
  hasMarks(): Promise<boolean> {
    return this.#store.guarded(() => hasMarks(this.#store.database));
  }

  /** Tells at which place each session was; null: there was one shard. */
  async presences(tell: (session: number, place: number | null) => void): Promise<void> {
    await this.#store.guarded(() => readPlaces(this.#store.database, tell));
  }

  /** Makes stretches of events safe, one behind the other. Nothing may be under way. */
  write(stretches: readonly Buffer[]): void {
    this.#attempt(stretches, null);
  }

  /** Reads from a session's queue; see `EventSink`. */
  async readQueue(request: QueueRequest): Promise<PackedValues> {
    const values = await this.#whenItWorks(() => this.#turns.run(() => readQueue(this.#store.database, request)));
    return packValues(values, (size) => this.#pages.take(size));
  }

  /** What {@link readQueue} gave is not needed any more: its memory may be used again. */
  recycle(values: PackedValues): void {
    this.#pages.giveBack(values);
  }

  async #whenItWorks<T>(read: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        if (this.#closing || (error instanceof WorldError && !this.#failing)) throw error;
        await this.#works();
      }
    }
  }

  /** Reads what is on its way to a place: see {@link readTransits}. */
  readTransits(request: TransitRequest): Promise<readonly TransitEntry[]> {
    return this.#whenItWorks(() => readTransits(this.#store.database, request));
  }

  /** Resolves when nothing that ended sessions left behind is being deleted. */
  swept(): Promise<void> {
    return this.#sweeper.settled();
  }

  /** Closes the store. What is not written by now is lost with this process. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#measure.cancel();
    this.#wakeReaders();
    await this.#sweeper.close();
    await this.#compacting;
    await this.#store.close();
    if (this.#failing) this.#logger.error("the store still fails: what it did not take is lost with this process");
  }

  #attempt(stretches: readonly Buffer[], failed: BatchTarget | null): void {
    const target = this.#store.target(this.#counts, failed);
    for (const events of stretches) applyEvents(events, target);
    target.write().then(
      () => this.#done(stretches, target),
      (error: unknown) => this.#failed(stretches, target, error),
    );
  }

  #done(stretches: readonly Buffer[], target: BatchTarget): void {
    this.statistics.commits++;
    for (const { length } of stretches) this.statistics.committedBytes += length;
    this.#garbage.changed(target.added, target.deleted);
    if (this.#failing) {
      this.#failing = false;
      this.#outOfRoom = false;
      this.#logger.info("the store works again");
      this.#wakeReaders();
      this.#sweeper.start();
      this.onState();
    }
    if (target.ended.length > 0) this.#sweeper.add(target.ended);
    if (target.transits.length > 0) this.onTransits(target.transits);
    this.onWritten();
  }

  #failed(stretches: readonly Buffer[], target: BatchTarget, error: unknown): void {
    this.statistics.failures++;
    this.#outOfRoom = isOutOfRoom(error);
    if (!this.#failing) {
      this.#failing = true;
      this.#logger.error("the store cannot be written: what needs it is refused until it works again", {
        error: error instanceof Error ? error.message : String(error),
      });
      this.onState();
    }
    this.onFailing();
    this.#pace.after(retryMilliseconds, () => void this.#retry(stretches, target));
  }

  async #retry(stretches: readonly Buffer[], failed: BatchTarget): Promise<void> {
    if (this.#closing) return;
    try {
      // After a failed flush the database refuses all writes until it is opened anew.
      await this.#sweeper.settled();
      await this.#compacting;
      await this.#store.reopen();
    } catch (error) {
      this.#failed(stretches, failed, error);
      return;
    }
    this.#attempt(stretches, failed);
  }

  #works(): Promise<void> {
    return new Promise((resolve) => {
      this.#readers.push(resolve);
      // A read that fails while nothing is written is tried again after a while too.
      this.#pace.after(retryMilliseconds, resolve);
    });
  }

  #wakeReaders(): void {
    const readers = this.#readers;
    this.#readers = [];
    for (const wake of readers) wake();
  }

  #onMeasure(): void {
    if (this.#closing) return;
    this.#compactWhenQuiet();
    void this.#measureStore().then(() => {
      if (!this.#closing) this.#measure = this.#pace.after(measureMilliseconds, () => this.#onMeasure());
    });
  }

  async #measureStore(): Promise<void> {
    const bytes = await this.#store.size();
    const changed = this.statistics.storeBytes !== bytes;
    this.statistics.storeBytes = bytes;
    const full = bytes > this.#limits.storeBytesMax;
    if (full !== this.#full) {
      this.#full = full;
      const fields = { bytes, limit: this.#limits.storeBytesMax };
      if (full) this.#logger.error("the store is full: what needs it is refused", fields);
      else this.#logger.info("the store has room again", fields);
    }
    if (changed) this.onState();
  }

  /** Deleted keys take room until the database merges its files: that is asked for when a backlog was drained. */
  #compactWhenQuiet(): void {
    if (this.#failing || this.#compacting !== null) return;
    if (!this.#garbage.isDue(this.statistics.storeBytes, this.#full)) return;
    this.#compacting = this.#store.compact().then(() => {
      this.#compacting = null;
    });
  }
}

/** The database tells the system's words, not its number. */
function isOutOfRoom(error: unknown): boolean {
  return /no space left|quota exceeded/i.test(error instanceof Error ? error.message : "");
}
