import type { Clock, Timer } from "../base/mod.ts";
import { ReasonCode } from "../protocol/mod.ts";
import { EventLog, type GatheredEvents } from "./events/event-log.ts";
import type { EventSink } from "./event-sink.ts";
import type { Journal, JournalStatistics } from "./journal.ts";
import type { QueueRequest, StoredMessage } from "./stored-message.ts";
import { StoredPage } from "./stored-page.ts";

/** What an {@link EventJournal} measures time by. */
export interface JournalClocks {
  readonly clock: Clock;
  /** Clock of waits on the disk, which go on where a test has stopped the other one. Default: the same. */
  readonly pace?: Clock;
}

/** Milliseconds that live traffic may take to make its own commit superfluous. */
const liveMilliseconds = 2;

/** Milliseconds that progress may wait whose loss costs no more than a repetition. */
const lazyMilliseconds = 100;

/** Bytes of such progress that do not wait. */
const lazyBytesMax = 1024 * 1024;

/**
 * One shard's side of a durable store: gathers events, brings them to the store one stretch at a time, and knows what
 * of them is safe. What comes while a stretch is written is the next one.
 */
export class EventJournal implements Journal {
  readonly log: EventLog;
  committed = 0;
  onCommitted: () => void = () => {};
  readonly #sink: EventSink;
  readonly #clock: Clock;
  readonly #pace: Clock;
  #handlesEnd = 0;
  #writing: GatheredEvents | null = null;
  #closing = false;
  #timer: Timer | null = null;
  #timerDue = 0;
  #waitingSince = -1;
  #idle: () => void = () => {};
  readonly #monotonicOf = (wall: number): number => this.monotonicOf(wall);
  /** Who waits until all handles below its own are safe. */
  #settling: { readonly handle: number; readonly resolve: () => void }[] = [];

  constructor(sink: EventSink, { clock, pace = clock }: JournalClocks) {
    this.#sink = sink;
    this.#clock = clock;
    this.#pace = pace;
    this.log = new EventLog(clock);
    sink.onWritten = () => this.#written();
    sink.onFailing = () => this.#idle();
  }

  get statistics(): JournalStatistics {
    return this.#sink.statistics;
  }

  get ticket(): number {
    return this.log.ticket;
  }

  get pending(): number {
    return this.log.openTicket > 0 ? this.log.openTicket : (this.#writing?.ticket ?? 0);
  }

  get refuses(): boolean {
    return this.#sink.refuses;
  }

  get refusal(): ReasonCode {
    return this.#sink.outOfRoom ? ReasonCode.quotaExceeded : ReasonCode.implementationSpecificError;
  }

  begin(): void {
    this.log.begin();
  }

  isSafe(handle: number): boolean {
    return handle < this.#handlesEnd || handle <= 1;
  }

  async readQueue(request: QueueRequest): Promise<readonly StoredMessage[]> {
    return (await this.readPage(request)).take(Number.POSITIVE_INFINITY);
  }

  async readPage(request: QueueRequest): Promise<StoredPage> {
    const values = await this.#sink.readQueue(request);
    return new StoredPage(values, this.#monotonicOf, () => this.#sink.recycle(values));
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
      if (this.#sink.failing) break;
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#closing = true;
    this.#timer?.cancel();
    await this.#sink.close();
  }

  /** Turns wall clock milliseconds, as the store has them, into those of this process's monotonic clock. */
  monotonicOf(wall: number): number {
    return wall - this.#clock.wallTime() + this.#clock.now();
  }

  #settle(): void {
    if (this.#settling.length === 0) return;
    const settled = this.#settling.filter(({ handle }) => handle <= this.#handlesEnd);
    this.#settling = this.#settling.filter(({ handle }) => handle > this.#handlesEnd);
    for (const { resolve } of settled) resolve();
  }

  #write(events: GatheredEvents): void {
    this.#writing = events;
    this.#waitingSince = -1;
    this.#sink.write(events.bytes);
  }

  #written(): void {
    const events = this.#writing;
    if (events === null) return;
    this.#writing = null;
    this.committed = events.ticket;
    this.#handlesEnd = events.handlesEnd;
    this.log.recycle();
    this.#settle();
    this.onCommitted();
    this.#idle();
    if (this.#settling.length > 0) this.commit();
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
}
