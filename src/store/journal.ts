/**
 * Decides when an acknowledgement may leave: whatever it promises must be as safe as the durability level says.
 *
 * What is recorded within a turn belongs to the turn's *ticket*, a number that only grows. An acknowledgement notes
 * the ticket of what it promises and leaves once that ticket is committed; acknowledgements of one connection leave in
 * the order of their packets [MQTT-4.6.0-2].
 */
export interface Journal {
  /** Ticket of what is recorded now; 0 where nothing that was recorded has to wait. */
  readonly ticket: number;
  /** Everything up to this ticket is safe. */
  readonly committed: number;
  /** Runs when `committed` has grown. Set by the broker. */
  onCommitted: () => void;
  /** Begins to make safe what the turn recorded; called at the end of each turn. */
  commit(): void;
  /** Resolves when everything recorded is safe. */
  close(): Promise<void>;
}

/** The level `memory`: a session's promises last as long as the process, so nothing ever waits. */
export class MemoryJournal implements Journal {
  readonly ticket = 0;
  readonly committed = 0;
  onCommitted: () => void = () => {};

  commit(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}
