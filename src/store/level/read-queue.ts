import { damaged } from "../events/damaged.ts";
import { EventType, queuedLayout } from "../events/event-type.ts";
import { KeySpace, numberKey, queuedKey } from "../events/store-keys.ts";
import type { QueueRequest } from "../stored-message.ts";
import type { Database } from "./open-database.ts";

/** Bytes that a message in memory costs besides its own, with what waits for the next garbage collection. */
const messageOverhead = 2500;

/**
 * Reads the next entries of a session's queue, in their order, each with its body in front: those that are committed.
 */
export async function readQueue(database: Database, request: QueueRequest): Promise<Buffer[]> {
  const iterator = database.iterator({
    gt: queuedKey(request.session, request.after),
    lt: queuedKey(request.session + 1, 0),
    limit: request.messagesMax,
    highWaterMarkBytes: request.bytesMax / 4,
    keys: false,
    fillCache: false,
  });
  const values: Buffer[] = [];
  const apart: { readonly index: number; readonly body: number }[] = [];
  let bytes = 0;
  try {
    while (bytes < request.bytesMax && values.length < request.messagesMax) {
      // No more than there can be room for: the iterator makes room for all it is asked for, and keeps that until it is
      // collected as garbage.
      const room = Math.ceil((request.bytesMax - bytes) / messageOverhead);
      const entries = await iterator.nextv(Math.min(request.messagesMax - values.length, room));
      if (entries.length === 0) break;
      for (const [, value] of entries) {
        // Of those that come at once: entries whose bodies stand elsewhere are small, their messages may be large.
        if (bytes >= request.bytesMax) break;
        const body = bodyElsewhere(value);
        bytes += messageOverhead + (body > 0 ? value.readUInt32BE(queuedLayout.storedBytes) : value.length);
        if (body > 0) apart.push({ index: values.length, body });
        values.push(value);
      }
    }
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
