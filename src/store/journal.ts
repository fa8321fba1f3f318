import { ReasonCode } from "../protocol/mod.ts";
import type { EventLog } from "./events/event-log.ts";
import type { QueueRequest, StoredMessage } from "./stored-message.ts";
import { StoredPage } from "./stored-page.ts";

/** Counters of a {@link Journal}; all only grow but the gauges. */
export interface JournalStatistics {
  /** Groups of events that were made safe, each with one flush of the disk. */
  commits: number;
  /** Bytes of events made safe. */
  committedBytes: number;
  /** Attempts to write that failed. */
  failures: number;
  /** Gauge: bytes of the store on the disk. */
  storeBytes: number;
}

/**
 * Decides when an acknowledgement may leave: whatever it promises must be as safe as the durability level says.
 *
 * What is recorded within a turn belongs to the turn's *ticket*, a number that only grows. An acknowledgement notes
 * the ticket of what it promises and leaves once that ticket is committed; acknowledgements of one connection leave in
 * the order of their packets [MQTT-4.6.0-2].
 */
export interface Journal {
  /** Where to record what must outlive the process; null where nothing does. */
  readonly log: EventLog | null;
  /** Ticket of what was recorded since {@link begin}; 0 where nothing of it has to wait. */
  readonly ticket: number;
  /** Ticket of everything recorded so far; 0 where all of it is safe. */
  readonly pending: number;
  /** Everything up to this ticket is safe. */
  readonly committed: number;
  /** True while the store fails or is full: what would have to wait for it is to be refused. */
  readonly refuses: boolean;
  /** Why, for clients of 5.0: Quota exceeded where there is no room, else Implementation specific error. */
  readonly refusal: ReasonCode;
  readonly statistics: JournalStatistics;
  /** Runs when `committed` has grown. Set by the broker. */
  onCommitted: () => void;
  /** A packet begins to be handled. */
  begin(): void;
  /** True if what {@link EventLog.queued} gave this handle is safe. */
  isSafe(handle: number): boolean;
  /** Reads from a session's queue what is safe. Waits where the store fails; rejects only once it is closed. */
  readQueue(request: QueueRequest): Promise<readonly StoredMessage[]>;
  /** The same, for who takes the messages little by little. */
  readPage(request: QueueRequest): Promise<StoredPage>;
  /** Resolves when everything recorded so far is safe. */
  settled(): Promise<void>;
  /** Begins to make safe what the turn recorded; called at the end of each turn. */
  commit(): void;
  /** Resolves when everything recorded is safe, or cannot be made so. */
  close(): Promise<void>;
}

/** The level `memory`: a session's promises last as long as the process, so nothing ever waits. */
export class MemoryJournal implements Journal {
  readonly log: EventLog | null = null;
  readonly ticket: number = 0;
  readonly committed: number = 0;
  readonly refuses: boolean = false;
  readonly refusal: ReasonCode = ReasonCode.quotaExceeded;
  readonly statistics: JournalStatistics = { commits: 0, committedBytes: 0, failures: 0, storeBytes: 0 };
  onCommitted: () => void = () => {};

  get pending(): number {
    return 0;
  }

  begin(): void {}

  isSafe(): boolean {
    return true;
  }

  readQueue(): Promise<readonly StoredMessage[]> {
    return Promise.resolve([]);
  }

  readPage(): Promise<StoredPage> {
    return Promise.resolve(new StoredPage(new Uint8Array(0), (wall) => wall));
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  commit(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}
