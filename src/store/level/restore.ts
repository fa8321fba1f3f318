import type { BodyCounts } from "../events/body-counts.ts";
import { damaged } from "../events/damaged.ts";
import { numberBytes } from "../events/event-type.ts";
import { wholeEvent } from "../events/queue-entry.ts";
import { KeySpace, numberKey, spaceStart } from "../events/store-keys.ts";
import type { StoredEvent } from "../events/stored-event.ts";
import { sequenceGap, type SessionMark, type StoredQueue } from "../stored-message.ts";
import { bodyElsewhere } from "./read-queue.ts";
import type { TransitEntry } from "./read-transits.ts";
import type { Database } from "./open-database.ts";
import { summaryOf } from "./queue-summary.ts";

/** Takes what a store holds, in this order; what belongs to a session comes after it. */
export interface EntryVisitor {
  /** An event that belongs to a session, as `value` and as read. */
  ofSession(event: SessionEvent, value: Buffer): void;
  queue(queue: StoredQueue): void;
  retained(value: Buffer): void;
  mark(mark: SessionMark): void;
  /** What set out for the shard at `place` and was not recorded there. */
  transit(entry: TransitEntry): void;
  /** A message that the shard at `place` took and is to publish later. */
  delayed(place: number, value: Buffer): void;
}

/** An event that says something of a session. */
export type SessionEvent = Extract<StoredEvent, { readonly session: number }>;

/** What a look through the whole store tells besides what the visitor got. */
export interface Restored {
  readonly lastSession: number;
  readonly lastBody: number;
  /** Entries of queues, and bodies. */
  readonly entries: number;
  /** Number of the last thing that set out for another shard and has not arrived. */
  readonly lastTransit: number;
  /** Numbers of sessions that have ended and left something behind. */
  readonly orphans: readonly number[];
}

/** Entries that are looked at in one go. */
const entriesPerPage = 1000;

/**
 * Reads everything once, in the order of the keys, and gives it to the visitor; queues as sums, so that a million
 * messages cost no object each. Counts the bodies.
 * @param pause runs after every page; the next one is read when it is done
 * @throws WorldError `store_damaged`
 */
export async function restore(
  database: Database,
  visitor: EntryVisitor,
  counts: BodyCounts,
  pause: () => Promise<void> | void,
): Promise<Restored> {
  const reading = await scan(database, visitor, counts, pause);
  await deleteUnheld(database, reading.unheld);
  const { lastSession, lastBody, lastTransit, entries, orphans } = reading;
  return { lastSession, lastBody, lastTransit, entries, orphans: [...orphans] };
}

/** Reads everything once, and changes nothing. */
export async function scan(
  database: Database,
  visitor: EntryVisitor,
  counts: BodyCounts,
  pause: () => Promise<void> | void,
): Promise<Reading> {
  const reading = new Reading(visitor, counts);
  const iterator = database.iterator({ fillCache: false, highWaterMarkBytes: 1 << 18 });
  try {
    for (;;) {
      const entries = await iterator.nextv(entriesPerPage);
      if (entries.length === 0) break;
      for (const [key, value] of entries) reading.entry(key, value);
      await pause();
    }
  } finally {
    await iterator.close();
  }
  reading.finish();
  return reading;
}

/** True if a session was on its way between two places. */
export async function hasMarks(database: Database): Promise<boolean> {
  const range = { gte: spaceStart(KeySpace.mark), lt: spaceStart(KeySpace.mark + 1), limit: 1 };
  return (await database.keys(range).all()).length > 0;
}

/** Tells at which place each session was; null: there was one shard. */
export async function readPlaces(
  database: Database,
  tell: (session: number, place: number | null) => void,
): Promise<void> {
  const range = { gte: spaceStart(KeySpace.presence), lt: spaceStart(KeySpace.presence + 1) };
  for await (const value of database.values({ ...range, fillCache: false })) {
    const event = wholeEvent(value);
    if (event.kind === "presence") tell(event.session, event.place);
  }
}

async function deleteUnheld(database: Database, bodies: readonly number[]): Promise<void> {
  const batch = database.batch();
  for (const body of bodies) batch.del(numberKey(KeySpace.body, body));
  await batch.write();
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

class Reading {
  lastSession = 0;
  lastBody = 0;
  lastTransit = 0;
  entries = 0;
  readonly orphans: Set<number> = new Set();
  /** Bodies that no queue holds: a crash came between the end of a queue and theirs. */
  readonly unheld: number[] = [];
  readonly #visitor: EntryVisitor;
  readonly #counts: BodyCounts;
  readonly #known = new Set<number>();
  #queue: Mutable<StoredQueue> | null = null;

  constructor(visitor: EntryVisitor, counts: BodyCounts) {
    this.#visitor = visitor;
    this.#counts = counts;
  }

  entry(key: Buffer, value: Buffer): void {
    const space = key[0] as KeySpace;
    if (space === KeySpace.queued) return this.#queued(key, value);
    if (space === KeySpace.body) return this.#body(key);
    if (space === KeySpace.mark) return this.#mark(key, value);
    const event = wholeEvent(value);
    if ("session" in event) {
      if (space === KeySpace.session) this.#known.add(event.session);
      this.lastSession = Math.max(this.lastSession, event.session);
      if (!this.#known.has(event.session)) {
        this.orphans.add(event.session);
        return undefined;
      }
      return this.#visitor.ofSession(event, value);
    }
    if (event.kind === "transit" || event.kind === "mark") return this.#transit(key, value);
    if (event.kind === "delayed") return this.#visitor.delayed(event.place, value);
    if (event.kind !== "retained") throw damaged(`an entry of the store holds a ${event.kind} event`);
    return this.#visitor.retained(value);
  }

  finish(): void {
    this.#endQueue();
  }

  #mark(key: Buffer, value: Buffer): void {
    if (key.length !== 17 || value.length !== numberBytes * 2 + 4) throw damaged("a mark is something else");
    this.#visitor.mark({
      session: key.readUIntBE(1, numberBytes),
      moment: key.readDoubleBE(1 + numberBytes),
      from: key.readUInt16BE(key.length - 2),
      number: value.readUIntBE(0, numberBytes),
      oldPlace: value.readUInt16BE(numberBytes),
      newPlace: value.readUInt16BE(numberBytes + 2),
      arrivesBehind: value.readUIntBE(numberBytes + 4, numberBytes),
    });
  }

  #transit(key: Buffer, value: Buffer): void {
    const number = key.readUIntBE(3, numberBytes);
    this.lastTransit = Math.max(this.lastTransit, number);
    this.#visitor.transit({ place: key.readUInt16BE(1), number, value });
  }

  #queued(key: Buffer, value: Buffer): void {
    const session = key.readUIntBE(1, numberBytes);
    this.entries++;
    const elsewhere = bodyElsewhere(value);
    if (elsewhere > 0) this.#counts.add(elsewhere, 1);
    if (!this.#known.has(session)) {
      this.orphans.add(session);
      this.lastSession = Math.max(this.lastSession, session);
      return;
    }
    let queue = this.#queue;
    if (queue?.session !== session) {
      this.#endQueue();
      queue = { session, messages: 0, bytes: 0, lastSequence: 0, beforeGap: 0 };
      this.#queue = queue;
    }
    const { storedBytes, body } = summaryOf(value);
    this.lastBody = Math.max(this.lastBody, body);
    queue.messages++;
    queue.bytes += storedBytes;
    const sequence = key.readUIntBE(1 + numberBytes, numberBytes);
    if (sequence - queue.lastSequence >= sequenceGap) queue.beforeGap = queue.lastSequence;
    queue.lastSequence = sequence;
  }

  #body(key: Buffer): void {
    this.#endQueue();
    this.entries++;
    const body = key.readUIntBE(1, numberBytes);
    this.lastBody = Math.max(this.lastBody, body);
    if (!this.#counts.has(body)) this.unheld.push(body);
  }

  #endQueue(): void {
    if (this.#queue !== null) this.#visitor.queue(this.#queue);
    this.#queue = null;
  }
}
