import { KeySpace, transitKey } from "../events/store-keys.ts";
import { numberBytes } from "../events/event-type.ts";
import type { Database } from "./open-database.ts";

/** Something that is on its way to the shard at a place. */
export interface TransitEntry {
  readonly place: number;
  readonly number: number;
  /** The transit event. */
  readonly value: Buffer;
}

/** What of it is wanted. */
export interface TransitRequest {
  readonly place: number;
  /** Only what has a larger number. */
  readonly after: number;
  /** Entries at most. */
  readonly entriesMax: number;
  /** Bytes after which no more is read; at least one entry is. */
  readonly bytesMax: number;
}

/** Reads what is on its way to a place and was not given to it before, in its order. */
export async function readTransits(database: Database, request: TransitRequest): Promise<TransitEntry[]> {
  const { place, after, entriesMax, bytesMax } = request;
  const iterator = database.iterator({
    gt: transitKey(place, after),
    lt: place < 0xffff ? transitKey(place + 1, 0) : Buffer.of(KeySpace.transit + 1),
    limit: entriesMax,
    highWaterMarkBytes: bytesMax / 4,
    fillCache: false,
  });
  const found: TransitEntry[] = [];
  let bytes = 0;
  try {
    while (bytes < bytesMax && found.length < entriesMax) {
      const entries = await iterator.nextv(entriesMax - found.length);
      if (entries.length === 0) break;
      for (const [key, value] of entries) {
        bytes += value.length;
        found.push({ place, number: key.readUIntBE(3, numberBytes), value });
      }
    }
  } finally {
    await iterator.close();
  }
  return found;
}
