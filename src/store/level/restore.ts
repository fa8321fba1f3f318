import type { BodyCounts } from "../events/body-counts.ts";
import { damaged } from "../events/damaged.ts";
import { numberBytes } from "../events/event-type.ts";
import { readMessage } from "../events/message-bytes.ts";
import { KeySpace, numberKey } from "../events/store-keys.ts";
import { bodyElsewhere, wholeEvent } from "./read-queue.ts";
import type { StoredQueue, StoreVisitor } from "../stored-message.ts";
import type { Database } from "./open-database.ts";
import { summaryOf } from "./queue-summary.ts";

/** What a look through the whole store tells besides what the visitor got. */
export interface Restored {
  readonly lastSession: number;
  readonly lastBody: number;
  /** Numbers of sessions that have ended and left something behind. */
  readonly orphans: readonly number[];
}

/**
 * Reads everything once, in the order of the keys, and gives it to the visitor; queues as sums, so that a million
 * messages cost no object each. Counts the bodies.
 * @throws WorldError `store_damaged`
 */
export async function restore(
  database: Database,
  visitor: StoreVisitor,
  counts: BodyCounts,
  monotonicOf: (wall: number) => number,
): Promise<Restored> {
  const reading = new Reading(visitor, counts, monotonicOf);
  const iterator = database.iterator({ fillCache: false, highWaterMarkBytes: 1 << 20 });
  try {
    for (;;) {
      const entries = await iterator.nextv(10_000);
      if (entries.length === 0) break;
      for (const [key, value] of entries) reading.entry(key, value);
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
  readonly #visitor: StoreVisitor;
  readonly #counts: BodyCounts;
  readonly #monotonicOf: (wall: number) => number;
  readonly #known = new Set<number>();
  #queue: Mutable<StoredQueue> | null = null;

  constructor(visitor: StoreVisitor, counts: BodyCounts, monotonicOf: (wall: number) => number) {
    this.#visitor = visitor;
    this.#counts = counts;
    this.#monotonicOf = monotonicOf;
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
    }
    switch (event.kind) {
      case "session":
        return this.#visitor.session(event.session, event.clientId, event.expirySeconds);
      case "presence":
        return this.#visitor.presence(event.session, event.offlineSince, event.sentTo, event.quota);
      case "subscribed":
        return this.#visitor.subscription(event.session, event.filter, event.options, event.identifier);
      case "will":
        return this.#visitor.will(event.session, this.#message(event.message), event.delaySeconds);
      case "taken":
        return this.#visitor.received(event.session, event.packetId);
      case "retained":
        return this.#visitor.retained(this.#message(event.message));
      default:
        throw damaged(`an entry of the store holds a ${event.kind} event`);
    }
  }

  finish(): void {
    this.#endQueue();
  }

  #message(bytes: Buffer): ReturnType<typeof readMessage> {
    return readMessage(bytes, 0, bytes.length, this.#monotonicOf);
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
