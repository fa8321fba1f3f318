import type { StoredMessage } from "../stored-message.ts";
import { damaged } from "./damaged.ts";
import { bodyLayout } from "./event-type.ts";
import { readMessage } from "./message-bytes.ts";
import { eventEnd, readEvent, type StoredEvent } from "./stored-event.ts";

type Queued = Extract<StoredEvent, { kind: "queued" }>;

/**
 * Reads an entry of a queue that has its body in front of it.
 * @throws WorldError `store_damaged`
 */
export function readEntry(value: Buffer, monotonicOf: (wall: number) => number): StoredMessage {
  const firstEnd = eventEnd(value, 0, value.length);
  const first = readEvent(value, 0, firstEnd);
  if (first.kind === "acknowledged") {
    const { sequence } = first;
    const message = { sequence, publication: null, qos: 2, retain: false, identifiers: null } as const;
    return { ...message, shared: "", storedBytes: 0, body: 0 };
  }
  if (first.kind !== "body" || firstEnd >= value.length) throw damaged("an entry of a queue is something else");
  const second = readEvent(value, firstEnd, eventEnd(value, firstEnd, value.length));
  if (second.kind !== "queued") throw damaged("an entry of a queue is something else");
  return messageOf(second, readMessage(value, bodyLayout.message, firstEnd, monotonicOf));
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
