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
  /** group(4), kind(1), rounds(1), position(4), shards tried: count(1), number(2) each; message: for one member. */
  handOn: 5,
  /**
   * moment(8), 1 where lasting subscribers get it through the store(1), message: retained by the sender, without
   * payload: deleted; and for the receiver's own subscribers.
   */
  retained: 6,
  /** moment(8): asks for an echo, by which the sender knows that the receiver has all that came before. */
  ask: 7,
  /** client id, moment(8), Clean Start(1): the sender wants the client's session. */
  claim: 8,
  /**
   * client id, moment(8) of the claim, {@link ClaimAnswer}(1); with an offer: subscriptions, and of a session that the
   * store knows its number(8) there and its last sequence(8), else 0(8), 0(8).
   */
  answer: 9,
  /**
   * client id, moment(8), old place(2), the session's number in the store or 0(8): the sender takes the session's
   * messages from now on.
   */
  moving: 10,
  /** client id, moment(8): the sender sends the session's messages to the new place from now on, not to the old one. */
  moved: 11,
  /** client id, moment(8), session. */
  session: 12,
  /** moment(8) of what was asked. */
  echo: 13,
  /** moment(8), message: retained by the sender some time ago, without payload: deleted. For a shard that has come. */
  held: 14,
  /** number(4), text: asks for a {@link Record.reply}. */
  question: 15,
  /** number(4) of the question, text. */
  reply: 16,
  /** filter: the sender wants what matches it, and has announced it, for a session that the store knows. */
  lasting: 17,
  /** The sender has all that its place is to have. */
  ready: 18,
  /** kind(1), name, number(8). */
  news: 19,
} as const;

/** One of {@link Record}'s values. */
export type Record = (typeof Record)[keyof typeof Record];

/** What a shard answers to a claim. */
export const ClaimAnswer = {
  /** It has no such session, or not any more. */
  none: 0,
  /** It has claimed the session itself, later. */
  superseded: 1,
  /** It has the session and gives it away. */
  offer: 2,
} as const;

/** One of {@link ClaimAnswer}'s values. */
export type ClaimAnswer = (typeof ClaimAnswer)[keyof typeof ClaimAnswer];
