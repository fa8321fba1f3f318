import type { StoredMessage } from "../stored-message.ts";
import { damaged } from "./damaged.ts";
import { bodyLayout, eventHead, EventType, numberBytes } from "./event-type.ts";
import { type MessageReading, readMessage } from "./message-bytes.ts";
import { eventEnd, readEvent, type StoredEvent } from "./stored-event.ts";

type Queued = Extract<StoredEvent, { kind: "queued" }>;

/**
 * Reads an entry of a queue that has its body in front of it.
 * @throws WorldError `store_damaged`
 */
export function readEntry(value: Buffer, reading: MessageReading): StoredMessage {
  const firstEnd = eventEnd(value, 0, value.length);
  if (value[0] === EventType.acknowledged) {
    const sequence = value.readUIntBE(eventHead + numberBytes, numberBytes);
    const message = { sequence, publication: null, qos: 2, retain: false, identifiers: null } as const;
    return { ...message, shared: "", storedBytes: 0, body: 0 };
  }
  if (value[0] !== EventType.body || firstEnd >= value.length) throw damaged("an entry of a queue is something else");
  const second = readEvent(value, firstEnd, eventEnd(value, firstEnd, value.length));
  if (second.kind !== "queued") throw damaged("an entry of a queue is something else");
  return messageOf(second, readMessage(value, bodyLayout.message, firstEnd, reading));
}

function messageOf(queued: Queued, publication: StoredMessage["publication"]): StoredMessage {
  const { sequence, qos, retain, identifiers, shared, storedBytes, body } = queued;
  return { sequence, publication, qos, retain, identifiers, shared, storedBytes, body };
}

/** The one event that a value is. */
export function wholeEvent(value: Buffer): StoredEvent {
  const end = eventEnd(value, 0, value.length);
  if (end !== value.length) throw damaged("something stands behind an event");
  return readEvent(value, 0, end);
}
