/**
 * The kinds of durable events: everything that must outlive the process is one of these. An event is its type (one
 * byte), the length of the rest (four bytes) and the rest; numbers are big-endian, session and body numbers and
 * sequences have six bytes.
 *
 *     session        session, expiry interval (4), client id: begun, or its expiry interval changed
 *     presence       session, wall clock ms of its end or 0 while it lasts (6), last sequence sent (6), quota (2);
 *                    where there are several shards the place of the one that has it (2)
 *     ended          session: with all that belongs to it
 *     subscribed     session, options (1), identifier (4), filter with $share in front where it is shared
 *     unsubscribed   session, filter
 *     body           body, queues that hold it (4), message
 *     queued         session, sequence, body, distance to the body event (4), bits (1), stored bytes (4),
 *                    number of identifiers (2), identifiers (4 each), shared filter
 *     finished       session, sequence, body: delivered or given up
 *     acknowledged   session, sequence, body: PUBREC seen, only PUBREL is left
 *     retained       message
 *     cleared        topic: its retained message is gone
 *     will           session, delay (4), message
 *     willGone       session
 *     taken          session, packet identifier (2): a QoS 2 message came in
 *     released       session, packet identifier (2)
 *     transit        place of the sender (2), number of receivers (1), their places (2 each), kind (1), length of the
 *                    terms (2), terms, message: on its way to other shards
 *     mark           as transit, with the terms session, moment (8), sequence, and two receivers, the old place of the
 *                    session and its new one: what the sender has for it goes there from here on; the sequence is 0, or
 *                    the one behind which the new place records
 *     unmarked       session, moment (8), number of shards (2): all its marks of that moment are of no use any more
 *     delivered      place (2), number of the transit (6): what it led to is recorded
 *     delayed        place of the shard that took it (2), number there (6), wall clock ms at which it is due (6),
 *                    message
 *     undelayed      place (2), number (6): it was published
 *
 *     message        bits (1), expiry interval (4), wall clock ms of its arrival (6), length of topic (2), of publisher
 *                    (2), of properties (4); topic, publisher, properties, payload
 *
 * A change of this layout is a new {@link formatVersion}.
 */
export const EventType = {
  /** Was recorded and is not needed any more: nothing. */
  void: 0,
  session: 1,
  presence: 2,
  ended: 3,
  subscribed: 4,
  unsubscribed: 5,
  body: 6,
  queued: 7,
  finished: 8,
  acknowledged: 9,
  retained: 10,
  cleared: 11,
  will: 12,
  willGone: 13,
  taken: 14,
  released: 15,
  transit: 16,
  delivered: 17,
  mark: 18,
  unmarked: 19,
  delayed: 20,
  undelayed: 21,
} as const;

/** One of {@link EventType}'s values. */
export type EventType = (typeof EventType)[keyof typeof EventType];

/** Version of the layout of events and of the data folder. */
export const formatVersion = 1;

/** Bytes in front of every event: type and length. */
export const eventHead = 5;

/** Bytes of a session, body or sequence number. */
export const numberBytes = 6;

/** Where the fields of a transit event stand, counted from its first byte. */
export const transitLayout = { from: 5, receivers: 7, places: 8 } as const;

/** Bytes of a mark's terms. */
export const markTermsBytes = 20;

/** Where the message of a delayed event stands, counted from its first byte. */
export const delayedMessageAt: number = eventHead + 2 + numberBytes * 2;

/** Bits of a message. */
export const MessageBit = { qos: 3, retain: 4, expires: 8 } as const;

/** Bits of a queued event: QoS in the low two. */
export const QueuedBit = { qos: 3, retain: 4, shared: 8, live: 16 } as const;

/** Where the fields of a body event stand, counted from its first byte. */
export const bodyLayout = { body: 5, references: 11, message: 15 } as const;

/** Where the fields of a queued event stand, counted from its first byte. */
export const queuedLayout = {
  session: 5,
  sequence: 11,
  body: 17,
  distance: 23,
  bits: 27,
  storedBytes: 28,
  identifierCount: 32,
  identifiers: 34,
} as const;

/** Where the fields of a message stand, counted from its first byte. */
export const messageLayout = {
  bits: 0,
  expiry: 1,
  arrived: 5,
  topicLength: 11,
  publisherLength: 13,
  propertiesLength: 15,
  topic: 19,
} as const;
