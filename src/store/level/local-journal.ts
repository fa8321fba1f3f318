import { type Clock, type Logger, type Timer, WorldError } from "../../base/mod.ts";
import { applyEvents } from "../events/apply-events.ts";
import { BodyCounts } from "../events/body-counts.ts";
import { EventLog, type GatheredEvents } from "../events/event-log.ts";
import type { Journal, JournalStatistics } from "../journal.ts";
import type { QueueRequest, StoredMessage, StoreVisitor } from "../stored-message.ts";
import type { BatchTarget } from "./batch-target.ts";
import { codeOf } from "./data-folder.ts";
import type { JournalDatabase } from "./level-store.ts";
import { readQueue } from "./read-queue.ts";
import { restore } from "./restore.ts";
import { SessionSweeper } from "./session-sweeper.ts";

/** What a {@link LocalJournal} works with. */
export interface LocalJournalServices {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Clock of waits on the disk, which go on where a test has stopped the other one. Default: the same. */
  readonly pace?: Clock;
}

/** Ceilings of a {@link LocalJournal}. */
export interface LocalJournalLimits {
  /** Bytes on the disk above which nothing more is taken in. */
  readonly storeBytesMax: number;
}

/** Milliseconds that live traffic may take to make its own commit superfluous. */
const liveMilliseconds = 2;

/** Milliseconds that progress may wait whose loss costs no more than a repetition. */
const lazyMilliseconds = 100;

/** Bytes of such progress that do not wait. */
const lazyBytesMax = 1024 * 1024;

/** Milliseconds between two attempts while the store fails. */
const retryMilliseconds = 1000;

/** Milliseconds between two looks at the size of the store. */
const measureMilliseconds = 1000;

/** Deleted keys that are worth a compaction once no more come. */
const compactedKeysMin = 10_000;

/**
 * The level `local`: events go into an embedded database, one write batch with one flush of the disk for all that came
 * meanwhile (group commit), never more than one at a time.
 */
export class LocalJournal implements Journal {
  readonly log: EventLog;
  readonly statistics: JournalStatistics = { commits: 0, committedBytes: 0, failures: 0, storeBytes: 0 };
  committed = 0;
  onCommitted: () => void = () => {};
  readonly #store: JournalDatabase;
  readonly #clock: Clock;
  readonly #pace: Clock;
  readonly #logger: Logger;
  readonly #limits: LocalJournalLimits;
  readonly #counts = new BodyCounts();
  readonly #sweeper: SessionSweeper;
  #handlesEnd = 0;
  #writing: GatheredEvents | null = null;
  #failing = false;
  #full = false;
  #closing = false;
  #timer: Timer | null = null;
  #timerDue = 0;
  #measure: Timer;
  #waitingSince = -1;
  #deletedKeys = 0;
  #deletedBefore = 0;
  #compacting: Promise<void> | null = null;
  #idle: () => void = () => {};
  /** Reads that wait for the store to work again. */
  #readers: (() => void)[] = [];
  /** Who waits until all handles below its own are safe. */
  #settling: { readonly handle: number; readonly resolve: () => void }[] = [];

  constructor(store: JournalDatabase, limits: LocalJournalLimits, services: LocalJournalServices) {
    this.#store = store;
    this.#limits = limits;
    this.#clock = services.clock;
    this.#pace = services.pace ?? services.clock;
    this.#logger = services.logger;
    this.log = new EventLog(services.clock);
    this.#sweeper = new SessionSweeper(() => store.database, this.#counts);
    this.#sweeper.onDeleted = (keys) => void (this.#deletedKeys += keys);
    this.#sweeper.onFailed = (error) => {
      if (!this.#failing)
        this.#logger.warn("the store could not delete what an ended session left", { error: codeOf(error) });
    };
    this.#measure = this.#pace.after(measureMilliseconds, () => this.#onMeasure());
  }

  get ticket(): number {
    return this.log.ticket;
  }

  get pending(): number {
    return this.log.openTicket > 0 ? this.log.openTicket : (this.#writing?.ticket ?? 0);
  }

  get refuses(): boolean {
    return this.#failing || this.#full;
  }

  /** Gives the visitor everything that the store holds; to be called once, before anything is recorded. */
  async restore(visitor: StoreVisitor): Promise<void> {
    const found = await this.#store.guarded(() =>
      restore(this.#store.database, visitor, this.#counts, (wall) => this.#monotonicOf(wall)),
    );
    this.log.lastSession = found.lastSession;
    this.log.lastBody = found.lastBody;
    this.#sweeper.add(found.orphans);
    await this.#measureStore();
  }

  begin(): void {
    this.log.begin();
  }

  isSafe(handle: number): boolean {
    return handle < this.#handlesEnd || handle <= 1;
  }

  async readQueue(request: QueueRequest): Promise<readonly StoredMessage[]> {
    for (;;) {
      try {
        return await readQueue(this.#store.database, request, (wall) => this.#monotonicOf(wall));
      } catch (error) {
        if (this.#closing || (error instanceof WorldError && !this.#failing)) throw error;
        await this.#works();
      }
    }
  }

  /** Resolves when nothing that ended sessions left behind is being deleted. */
  swept(): Promise<void> {
    return this.#sweeper.settled();
  }

  settled(): Promise<void> {
    const handle = this.log.nextHandle;
    if (handle <= this.#handlesEnd || (this.log.bytes === 0 && this.#writing === null)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#settling.push({ handle, resolve });
      this.commit();
    });
  }

  commit(): void {
    if (this.#writing !== null || this.#closing) return;
    const { log } = this;
    if (log.awaited > 0 || (this.#settling.length > 0 && log.bytes > 0)) {
      this.#write(log.seal());
      return;
    }
    if (log.live === 0 && log.promised > this.committed) {
      // All that was waited for has been taken back.
      this.committed = log.skipTicket();
      this.onCommitted();
    }
    if (log.live === 0 && log.lazy === 0) {
      this.#waitingSince = -1;
      return;
    }
    const now = this.#pace.now();
    if (this.#waitingSince < 0) this.#waitingSince = now;
    const due = this.#waitingSince + (log.live > 0 ? liveMilliseconds : lazyMilliseconds);
    if (now >= due || log.bytes > lazyBytesMax) this.#write(log.seal());
    else this.#wakeAt(due, now);
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    // Everything goes at once now, whatever could have waited.
    while (this.#writing !== null || this.log.bytes > 0) {
      if (this.#writing === null) this.#write(this.log.seal());
      if (this.#failing) break;
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#closing = true;
    this.#timer?.cancel();
    this.#measure.cancel();
    this.#wakeReaders();
    await this.#sweeper.close();
    await this.#compacting;
    await this.#store.close();
    if (this.#failing) this.#logger.error("the store still fails: what it did not take is lost with this process");
  }

  #settle(): void {
    if (this.#settling.length === 0) return;
    const settled = this.#settling.filter(({ handle }) => handle <= this.#handlesEnd);
    this.#settling = this.#settling.filter(({ handle }) => handle > this.#handlesEnd);
    for (const { resolve } of settled) resolve();
  }

  #monotonicOf(wall: number): number {
    return wall - this.#clock.wallTime() + this.#clock.now();
  }

  #write(events: GatheredEvents): void {
    this.#writing = events;
    this.#waitingSince = -1;
    this.#attempt(events, null);
  }

  #attempt(events: GatheredEvents, failed: BatchTarget | null): void {
    const target = this.#store.target(this.#counts, failed);
    applyEvents(events.bytes, target);
    target.write().then(
      () => this.#done(events, target),
      (error: unknown) => this.#failed(events, target, error),
    );
  }

  #done(events: GatheredEvents, target: BatchTarget): void {
    this.#writing = null;
    this.committed = events.ticket;
    this.#handlesEnd = events.handlesEnd;
    this.statistics.commits++;
    this.statistics.committedBytes += events.bytes.length;
    this.#deletedKeys += target.deleted;
    this.log.recycle();
    if (this.#failing) {
      this.#failing = false;
      this.#logger.info("the store works again");
      this.#wakeReaders();
      this.#sweeper.start();
    }
    this.#settle();
    if (target.ended.length > 0) this.#sweeper.add(target.ended);
    this.onCommitted();
    this.#idle();
    if (this.#settling.length > 0) this.commit();
  }

  #failed(events: GatheredEvents, target: BatchTarget, error: unknown): void {
    this.statistics.failures++;
    if (!this.#failing) {
      this.#failing = true;
      this.#logger.error("the store cannot be written: what needs it is refused until it works again", {
        error: error instanceof Error ? error.message : String(error),
      });
    }
    this.#idle();
    this.#pace.after(retryMilliseconds, () => void this.#retry(events, target));
  }

  async #retry(events: GatheredEvents, failed: BatchTarget): Promise<void> {
    if (this.#closing) return;
    try {
      // After a failed flush the database refuses all writes until it is opened anew.
      await this.#sweeper.settled();
      await this.#compacting;
      await this.#store.reopen();
    } catch (error) {
      this.#failed(events, failed, error);
      return;
    }
    this.#attempt(events, failed);
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

  #wakeAt(due: number, now: number): void {
    if (this.#timer !== null) {
      if (this.#timerDue <= due) return;
      this.#timer.cancel();
    }
    this.#timerDue = due;
    this.#timer = this.#pace.after(Math.max(1, due - now), () => {
      this.#timer = null;
      this.commit();
    });
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
    this.statistics.storeBytes = bytes;
    const full = bytes > this.#limits.storeBytesMax;
    if (full !== this.#full) {
      this.#full = full;
      const fields = { bytes, limit: this.#limits.storeBytesMax };
      if (full) this.#logger.error("the store is full: what needs it is refused", fields);
      else this.#logger.info("the store has room again", fields);
    }
  }

  /** Deleted keys take room until the database merges its files: that is asked for when a backlog was drained. */
  #compactWhenQuiet(): void {
    const growing = this.#deletedKeys !== this.#deletedBefore;
    this.#deletedBefore = this.#deletedKeys;
    const enough = this.#deletedKeys >= compactedKeysMin;
    if (!enough || this.#failing || this.#compacting !== null) return;
    if (growing && this.#deletedKeys < compactedKeysMin * 100 && !this.#full) return;
    this.#deletedKeys = 0;
    this.#deletedBefore = 0;
    this.#compacting = this.#store.compact().then(() => {
      this.#compacting = null;
    });
  }
}
