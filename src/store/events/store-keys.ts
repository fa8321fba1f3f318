import { numberBytes } from "./event-type.ts";

/**
 * First byte of a key: what it is of. In this order they are read at start, so that sessions come before what belongs
 * to them.
 *
 *     session | presence | will   session
 *     subscription                session, filter
 *     received                    session, packet identifier
 *     queued                      session, sequence
 *     body                        body
 *     retained                    topic
 *     mark                        session, moment (8), place of the sender
 *     transit                     place, number of the transit
 *     delayed                     place, number of the delayed message
 */
export const KeySpace = {
  session: 1,
  presence: 2,
  subscription: 3,
  will: 4,
  received: 5,
  queued: 6,
  body: 7,
  retained: 8,
  mark: 9,
  transit: 10,
  delayed: 11,
} as const;

/** One of {@link KeySpace}'s values. */
export type KeySpace = (typeof KeySpace)[keyof typeof KeySpace];

/** The first key of a space, which is also the end of the space before it. */
export function spaceStart(space: number): Buffer {
  return Buffer.of(space);
}

/** The key of a session in a space, or of a body; also the start of what is longer. */
export function numberKey(space: KeySpace, value: number): Buffer {
  const key = Buffer.alloc(1 + numberBytes);
  key[0] = space;
  key.writeUIntBE(value, 1, numberBytes);
  return key;
}

/** The key of a queued message. */
export function queuedKey(session: number, sequence: number): Buffer {
  const key = Buffer.alloc(1 + numberBytes * 2);
  key[0] = KeySpace.queued;
  key.writeUIntBE(session, 1, numberBytes);
  key.writeUIntBE(sequence, 1 + numberBytes, numberBytes);
  return key;
}

/** The key of what is on its way to a place. */
export function transitKey(place: number, number: number): Buffer {
  const key = Buffer.alloc(3 + numberBytes);
  key[0] = KeySpace.transit;
  key.writeUInt16BE(place, 1);
  key.writeUIntBE(number, 3, numberBytes);
  return key;
}

/** The key of what says from where on one place's messages for a moving session are the new place's. */
export function markKey(session: number, moment: Buffer, from: number): Buffer {
  const key = Buffer.alloc(1 + numberBytes + moment.length + 2);
  key[0] = KeySpace.mark;
  key.writeUIntBE(session, 1, numberBytes);
  moment.copy(key, 1 + numberBytes);
  key.writeUInt16BE(from, key.length - 2);
  return key;
}
