import type { Clock, Logger } from "../../base/mod.ts";
import { EventJournal } from "../event-journal.ts";
import type { EventSink } from "../event-sink.ts";
import { visitEntry, visitTransit } from "../events/visit-entry.ts";
import { wholeEvent } from "../events/queue-entry.ts";
import type { PackedValues } from "../packed-values.ts";
import type { QueueRequest, StoreVisitor } from "../stored-message.ts";
import type { JournalDatabase } from "./level-store.ts";
import { type LocalJournalLimits, StoreWriter } from "./store-writer.ts";

/** What a {@link LocalJournal} works with. */
export interface LocalJournalServices {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Clock of waits on the disk, which go on where a test has stopped the other one. Default: the same. */
  readonly pace?: Clock;
}

/**
 * The level `local` of a broker with one shard: events go into an embedded database on this thread, one write batch
 * with one flush of the disk for all that came meanwhile (group commit), never more than one at a time.
 */
export class LocalJournal extends EventJournal {
  readonly #writer: StoreWriter;

  constructor(store: JournalDatabase, limits: LocalJournalLimits, services: LocalJournalServices) {
    const { clock, logger, pace = clock } = services;
    const writer = new StoreWriter(store, limits, { pace, logger });
    super(new WriterSink(writer), { clock, pace });
    this.#writer = writer;
  }

  /** Gives the visitor everything that the store holds; to be called once, before anything is recorded. */
  async restore(visitor: StoreVisitor): Promise<void> {
    const monotonicOf = (wall: number): number => this.monotonicOf(wall);
    const found = await this.#writer.restore({
      ofSession: (event) => visitEntry(event, visitor, monotonicOf),
      queue: (queue) => visitor.queue(queue),
      retained: (value) => visitEntry(wholeEvent(value), visitor, monotonicOf),
      mark: (mark) => visitor.mark?.(mark),
      transit: (entry) => visitTransit(entry, visitor, monotonicOf),
      delayed: (_place, value) => visitEntry(wholeEvent(value), visitor, monotonicOf),
    });
    this.log.lastSession = found.lastSession;
    this.log.lastBody = found.lastBody;
  }

  /** Resolves when nothing that ended sessions left behind is being deleted. */
  swept(): Promise<void> {
    return this.#writer.swept();
  }
}

/** The writer of this thread, for one journal alone. */
class WriterSink implements EventSink {
  readonly #writer: StoreWriter;

  constructor(writer: StoreWriter) {
    this.#writer = writer;
  }

  get statistics(): EventSink["statistics"] {
    return this.#writer.statistics;
  }

  get failing(): boolean {
    return this.#writer.failing;
  }

  get refuses(): boolean {
    return this.#writer.refuses;
  }

  get outOfRoom(): boolean {
    return this.#writer.outOfRoom;
  }

  set onWritten(run: () => void) {
    this.#writer.onWritten = run;
  }

  set onFailing(run: () => void) {
    this.#writer.onFailing = run;
  }

  write(events: Buffer): void {
    this.#writer.write([events]);
  }

  readQueue(request: QueueRequest): Promise<PackedValues> {
    return this.#writer.readQueue(request);
  }

  recycle(values: PackedValues): void {
    this.#writer.recycle(values);
  }

  close(): Promise<void> {
    return this.#writer.close();
  }
}
