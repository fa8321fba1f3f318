import { damaged } from "../events/damaged.ts";
import { EventType, queuedLayout } from "../events/event-type.ts";
import { KeySpace, numberKey, queuedKey } from "../events/store-keys.ts";
import type { QueueRequest } from "../stored-message.ts";
import type { Database } from "./open-database.ts";

/** Bytes that an entry costs besides its own. */
const entryOverhead = 32;

/** The iterator makes room for as many as it is asked for, and keeps that until a full garbage collection. */
const entriesAtOnce = 64;

/**
 * Reads the next entries of a session's queue, in their order, each with its body in front: those that are committed.
 */
export async function readQueue(database: Database, request: QueueRequest): Promise<Buffer[]> {
  const { messagesMax, bytesMax } = request;
  const iterator = database.iterator({
    gt: queuedKey(request.session, request.after),
    lt: queuedKey(request.session + 1, 0),
    highWaterMarkBytes: bytesMax,
    keys: false,
    fillCache: false,
  });
  const values: Buffer[] = [];
  const apart: { readonly index: number; readonly body: number }[] = [];
  let bytes = 0;
  try {
    while (bytes < bytesMax && values.length < messagesMax) {
      const entries = await iterator.nextv(Math.min(messagesMax - values.length, entriesAtOnce));
      if (entries.length === 0) break;
      for (const [, value] of entries) {
        // Of those that come at once: entries whose bodies stand elsewhere are small, their messages may be large.
        if (bytes >= bytesMax) break;
        const body = bodyElsewhere(value);
        bytes += entryOverhead + (body > 0 ? value.readUInt32BE(queuedLayout.storedBytes) : value.length);
        if (body > 0) apart.push({ index: values.length, body });
        values.push(value);
      }
    }
    // What it gave last is kept by the iterator until a full garbage collection, which knows nothing of it: so this is
    // a single entry.
    iterator.seek(queuedKey(request.session, request.after + 1));
    await iterator.nextv(1);
  } finally {
    await iterator.close();
  }
  if (apart.length > 0) await addBodies(database, values, apart);
  return values;
}

/** Bodies that stand by themselves, because several queues hold them. */
async function addBodies(
  database: Database,
  values: Buffer[],
  apart: readonly { readonly index: number; readonly body: number }[],
): Promise<void> {
  const bodies = await database.getMany(apart.map(({ body }) => numberKey(KeySpace.body, body)));
  for (const [place, { index, body }] of apart.entries()) {
    const value = bodies[place];
    if (value === undefined) throw damaged(`the body ${body} of a queued message is missing`);
    values[index] = Buffer.concat([value, values[index] as Buffer]);
  }
}

/** The number of the body that an entry of a queue holds elsewhere; 0: none. */
export function bodyElsewhere(value: Buffer): number {
  return value[0] === EventType.queued ? value.readUIntBE(17, 6) : 0;
}
