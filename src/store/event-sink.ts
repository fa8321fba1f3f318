import type { JournalStatistics } from "./journal.ts";
import type { PackedValues } from "./packed-values.ts";
import type { QueueRequest } from "./stored-message.ts";

/**
 * Where an `EventJournal` brings the events that it has gathered: the store of this thread, or the way to the thread
 * that has it. Takes one stretch of events after the other.
 */
export interface EventSink {
  readonly statistics: JournalStatistics;
  /** True while the store fails: what it was given last is not safe yet. */
  readonly failing: boolean;
  /** True while the store fails or is full: what would have to wait for it is to be refused. */
  readonly refuses: boolean;
  /** True if it refuses because there is no room, and not because it fails otherwise. */
  readonly outOfRoom: boolean;
  /** Runs when the events that were given last are safe. Set by the journal. */
  onWritten: () => void;
  /** Runs when the store has begun to fail. Set by the journal. */
  onFailing: () => void;
  /** Makes events safe; their memory is the caller's again when {@link onWritten} runs. */
  write(events: Buffer): void;
  /**
   * Reads from a session's queue what is safe: each value is the event of an entry, with its body in front. Waits where
   * the store fails; rejects only once it is closed.
   */
  readQueue(request: QueueRequest): Promise<PackedValues>;
  /** What {@link readQueue} gave is not needed any more. */
  recycle(values: PackedValues): void;
  close(): Promise<void>;
}
