import { bodyLayout, EventType } from "../events/event-type.ts";
import { damaged } from "../events/damaged.ts";
import { readMessage } from "../events/message-bytes.ts";
import { eventEnd, readEvent, type StoredEvent } from "../events/stored-event.ts";
import { KeySpace, numberKey, queuedKey } from "../events/store-keys.ts";
import type { QueueRequest, StoredMessage } from "../stored-message.ts";
import type { Database } from "./open-database.ts";

type Queued = Extract<StoredEvent, { kind: "queued" }>;

/** Bytes that a message in memory costs besides its own. */
const messageOverhead = 1000;

/** Reads the next messages of a session's queue, in their order: those that are committed. */
export async function readQueue(
  database: Database,
  request: QueueRequest,
  monotonicOf: (wall: number) => number,
): Promise<StoredMessage[]> {
  const iterator = database.iterator({
    gt: queuedKey(request.session, request.after),
    lt: queuedKey(request.session + 1, 0),
    limit: request.messagesMax,
    highWaterMarkBytes: request.bytesMax / 4,
    fillCache: false,
  });
  const messages: StoredMessage[] = [];
  const apart: { index: number; queued: Queued }[] = [];
  let bytes = 0;
  try {
    while (bytes < request.bytesMax && messages.length < request.messagesMax) {
      const entries = await iterator.nextv(request.messagesMax - messages.length);
      if (entries.length === 0) break;
      for (const [, value] of entries) {
        bytes += value.length + messageOverhead;
        const message = readEntry(value, monotonicOf);
        if (message.kind === "queued") {
          apart.push({ index: messages.length, queued: message });
          messages.push(messageOf(message, null));
        } else {
          messages.push(message.message);
        }
      }
    }
  } finally {
    await iterator.close();
  }
  if (apart.length > 0) await addBodies(database, messages, apart, monotonicOf);
  return messages;
}

/** Bodies that stand by themselves, because several queues hold them. */
async function addBodies(
  database: Database,
  messages: StoredMessage[],
  apart: readonly { index: number; queued: Queued }[],
  monotonicOf: (wall: number) => number,
): Promise<void> {
  const values = await database.getMany(apart.map(({ queued }) => numberKey(KeySpace.body, queued.body)));
  for (const [place, { index, queued }] of apart.entries()) {
    const value = values[place];
    if (value === undefined) throw damaged(`the body ${queued.body} of a queued message is missing`);
    const event = wholeEvent(value);
    if (event.kind !== "body") throw damaged("a body is something else");
    const publication = readMessage(event.message, 0, event.message.length, monotonicOf);
    messages[index] = messageOf(queued, publication);
  }
}

function messageOf(queued: Queued, publication: StoredMessage["publication"]): StoredMessage {
  const { sequence, qos, retain, identifiers, shared, storedBytes, body } = queued;
  return { sequence, publication, qos, retain, identifiers, shared, storedBytes, body };
}

/** One entry of a queue: whole, or with its body elsewhere. */
function readEntry(
  value: Buffer,
  monotonicOf: (wall: number) => number,
): Queued | { kind: "whole"; message: StoredMessage } {
  const firstEnd = eventEnd(value, 0, value.length);
  const first = readEvent(value, 0, firstEnd);
  if (first.kind === "queued") return first;
  if (first.kind === "acknowledged") {
    const { sequence } = first;
    const message = { sequence, publication: null, qos: 2, retain: false, identifiers: null } as const;
    return { kind: "whole", message: { ...message, shared: "", storedBytes: 0, body: 0 } };
  }
  if (first.kind !== "body" || firstEnd >= value.length) throw damaged("an entry of a queue is something else");
  const second = readEvent(value, firstEnd, eventEnd(value, firstEnd, value.length));
  if (second.kind !== "queued") throw damaged("an entry of a queue is something else");
  return { kind: "whole", message: messageOf(second, readMessage(value, bodyLayout.message, firstEnd, monotonicOf)) };
}

/** The one event that a value is. */
export function wholeEvent(value: Buffer): StoredEvent {
  const end = eventEnd(value, 0, value.length);
  if (end !== value.length) throw damaged("something stands behind an event");
  return readEvent(value, 0, end);
}

/** The number of the body that an entry of a queue holds elsewhere; 0: none. */
export function bodyElsewhere(value: Buffer): number {
  return value[0] === EventType.queued ? value.readUIntBE(17, 6) : 0;
}
