import type { BodyCounts } from "../events/body-counts.ts";
import { damaged } from "../events/damaged.ts";
import { numberBytes } from "../events/event-type.ts";
import { wholeEvent } from "../events/queue-entry.ts";
import { KeySpace, numberKey } from "../events/store-keys.ts";
import type { StoredEvent } from "../events/stored-event.ts";
import type { StoredQueue } from "../stored-message.ts";
import { bodyElsewhere } from "./read-queue.ts";
import type { Database } from "./open-database.ts";
import { summaryOf } from "./queue-summary.ts";

/** Takes what a store holds, in this order; what belongs to a session comes after it. */
export interface EntryVisitor {
  /** An event that belongs to a session, as `value` and as read. */
  ofSession(event: SessionEvent, value: Buffer): void;
  queue(queue: StoredQueue): void;
  retained(value: Buffer): void;
}

/** An event that says something of a session. */
export type SessionEvent = Extract<StoredEvent, { readonly session: number }>;

/** What a look through the whole store tells besides what the visitor got. */
export interface Restored {
  readonly lastSession: number;
  readonly lastBody: number;
  /** Numbers of sessions that have ended and left something behind. */
  readonly orphans: readonly number[];
}

/** Entries that are looked at in one go. */
const entriesPerPage = 10_000;

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
  const reading = new Reading(visitor, counts);
  const iterator = database.iterator({ fillCache: false, highWaterMarkBytes: 1 << 20 });
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
  await deleteUnheld(database, reading.unheld);
  return { lastSession: reading.lastSession, lastBody: reading.lastBody, orphans: [...reading.orphans] };
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
    if (event.kind !== "retained") throw damaged(`an entry of the store holds a ${event.kind} event`);
    return this.#visitor.retained(value);
  }

  finish(): void {
    this.#endQueue();
  }

  #queued(key: Buffer, value: Buffer): void {
    const session = key.readUIntBE(1, numberBytes);
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
      queue = { session, messages: 0, bytes: 0, lastSequence: 0 };
      this.#queue = queue;
    }
    const { storedBytes, body } = summaryOf(value);
    this.lastBody = Math.max(this.lastBody, body);
    queue.messages++;
    queue.bytes += storedBytes;
    queue.lastSequence = key.readUIntBE(1 + numberBytes, numberBytes);
  }

  #body(key: Buffer): void {
    this.#endQueue();
    const body = key.readUIntBE(1, numberBytes);
    this.lastBody = Math.max(this.lastBody, body);
    if (!this.#counts.has(body)) this.unheld.push(body);
  }

  #endQueue(): void {
    if (this.#queue !== null) this.#visitor.queue(this.#queue);
    this.#queue = null;
  }
}
