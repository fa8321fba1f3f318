import type { Publication, StoredDelayed, StoredQueue, StoreVisitor } from "../store/mod.ts";
import { openFolder } from "./open-folder.ts";

/** One session of a data folder. */
export interface SessionSummary {
  readonly clientId: string;
  /** Session Expiry Interval in seconds; 4,294,967,295: never. */
  readonly expirySeconds: number;
  /** When its connection ended, in milliseconds since 1970; null: it was connected when the broker ended. */
  readonly offlineSince: number | null;
  readonly subscriptions: number;
  /** Messages that wait or are not acknowledged. */
  readonly queuedMessages: number;
  /** Their bytes, as the limits count them. */
  readonly queuedBytes: number;
  /** QoS 2 messages that came in and are not released. */
  readonly unreleased: number;
  readonly hasWill: boolean;
}

/** What a data folder holds. */
export interface FolderSummary {
  /** Sessions, those with the most bytes first. */
  readonly sessions: readonly SessionSummary[];
  readonly retainedMessages: number;
  readonly retainedBytes: number;
  /** Messages that are to be published later, and the bytes of their payloads. */
  readonly delayedMessages: number;
  readonly delayedBytes: number;
  /** Bytes of the folder's database on the disk. */
  readonly storeBytes: number;
}

/**
 * Sums up the data folder of a stopped broker.
 * @throws WorldError `file_missing`, `store_locked`, `store_damaged`, `store_too_new`
 */
export async function inspectFolder(path: string): Promise<FolderSummary> {
  const reading = new Summing();
  const journal = await openFolder(path, reading);
  const { storeBytes } = journal.statistics;
  await journal.close();
  const sessions = [...reading.sessions.values()].toSorted(
    (one, other) => other.queuedBytes - one.queuedBytes || (one.clientId < other.clientId ? -1 : 1),
  );
  const { retainedMessages, retainedBytes, delayedMessages, delayedBytes } = reading;
  return { sessions, retainedMessages, retainedBytes, delayedMessages, delayedBytes, storeBytes };
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

class Summing implements StoreVisitor {
  readonly sessions: Map<number, Mutable<SessionSummary>> = new Map();
  retainedMessages = 0;
  retainedBytes = 0;
  delayedMessages = 0;
  delayedBytes = 0;

  session(session: number, clientId: string, expirySeconds: number): void {
    this.sessions.set(session, {
      clientId,
      expirySeconds,
      offlineSince: null,
      subscriptions: 0,
      queuedMessages: 0,
      queuedBytes: 0,
      unreleased: 0,
      hasWill: false,
    });
  }

  presence(session: number, offlineSince: number): void {
    this.#of(session).offlineSince = offlineSince > 0 ? offlineSince : null;
  }

  subscription(session: number): void {
    this.#of(session).subscriptions++;
  }

  will(session: number): void {
    this.#of(session).hasWill = true;
  }

  received(session: number): void {
    this.#of(session).unreleased++;
  }

  queue({ session, messages, bytes }: StoredQueue): void {
    const of = this.#of(session);
    of.queuedMessages = messages;
    of.queuedBytes = bytes;
  }

  retained(publication: Publication): void {
    this.retainedMessages++;
    this.retainedBytes += publication.storedBytes;
  }

  delayed({ publication }: StoredDelayed): void {
    this.delayedMessages++;
    this.delayedBytes += publication.payload.length;
  }

  #of(session: number): Mutable<SessionSummary> {
    return this.sessions.get(session) as Mutable<SessionSummary>;
  }
}
