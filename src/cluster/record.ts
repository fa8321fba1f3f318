/** What a record of a batch says; its first byte. */
export const Record = {
  /** filter: the sender wants what matches it. */
  announce: 1,
  /** filter: it does not any more. */
  withdraw: 2,
  /** filter, ShareName, number of the group there, members connected(4) and not(4), since(8). */
  group: 3,
  /** message: for the receiver's own subscribers. */
  forward: 4,
  /** group(4), kind(1), position(4), shards tried: count(1) numbers(2 each), message: for one member of the group. */
  handOn: 5,
  /** moment(8), message: retained by the sender; without payload: deleted. */
  retained: 6,
  /** Asks for a batch, so that the sender hears the receiver's clock. */
  ask: 7,
} as const;

/** One of {@link Record}'s values. */
export type Record = (typeof Record)[keyof typeof Record];
