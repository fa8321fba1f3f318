import { WorldError } from "../base/mod.ts";
import type {
  LocalJournal,
  Publication,
  StoredDelayed,
  StoredMessage,
  StoredQueue,
  StoreVisitor,
} from "../store/mod.ts";
import { type ArchiveLine, archiveVersion, type QueuePlace, type SessionLine } from "./archive-line.ts";
import { messageToLine } from "./message-line.ts";
import { openFolder } from "./open-folder.ts";

/** Messages read at once. */
const pageMessages = 1000;
const pageBytes = 4 * 1024 * 1024;

/**
 * The data folder of a stopped broker as lines of JSON, without line ends. In memory are: the retained and the delayed
 * messages and what belongs to sessions, but of the queues only messages that wait in several of them.
 * @throws WorldError `file_missing`, `store_locked`, `store_damaged`, `store_too_new`; `usage` where a broker with
 *   several shards was killed and something is still on its way between them
 */
export async function* exportLines(path: string): AsyncGenerator<string> {
  const found = new Collecting();
  const journal = await openFolder(path, found);
  try {
    if (found.transits > 0) {
      throw new WorldError(
        "usage",
        `${path}: messages are on their way between shards; start and stop the broker once`,
      );
    }
    yield textOf({ kind: "akasa-export", version: archiveVersion });
    for (const session of found.sessions.values()) yield textOf(session);
    for (const line of found.lines) yield textOf(line);
    for await (const queued of queuedLines(journal, found)) yield textOf(queued);
  } finally {
    await journal.close();
  }
}

function textOf(value: ArchiveLine): string {
  return JSON.stringify(value);
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

/** Keeps all but the queues, as lines. */
class Collecting implements StoreVisitor {
  readonly sessions: Map<number, Mutable<SessionLine>> = new Map();
  readonly lines: ArchiveLine[] = [];
  readonly queues: StoredQueue[] = [];
  /** What one shard had for another when the process ended. */
  transits = 0;

  clientId(session: number): string {
    return this.sessions.get(session)?.clientId ?? "";
  }

  session(session: number, clientId: string, expirySeconds: number): void {
    const line: SessionLine = {
      kind: "session",
      clientId,
      expirySeconds,
      offlineSince: 0,
      sentTo: 0,
      receiveMaximum: 0,
    };
    this.sessions.set(session, line);
  }

  presence(session: number, offlineSince: number, sentTo: number, quota: number): void {
    const line = this.sessions.get(session);
    if (line !== undefined) Object.assign(line, { offlineSince, sentTo, receiveMaximum: quota });
  }

  subscription(session: number, filter: string, options: number, identifier: number): void {
    this.lines.push({ kind: "subscription", clientId: this.clientId(session), filter, options, identifier });
  }

  will(session: number, publication: Publication, delaySeconds: number): void {
    const message = messageToLine(publication);
    this.lines.push({ kind: "will", clientId: this.clientId(session), delaySeconds, message });
  }

  received(session: number, packetId: number): void {
    this.lines.push({ kind: "received", clientId: this.clientId(session), packetId });
  }

  queue(queue: StoredQueue): void {
    this.queues.push(queue);
  }

  delayed({ due, publication }: StoredDelayed): void {
    this.lines.push({ kind: "delayed", due, message: messageToLine(publication) });
  }

  transit(): void {
    this.transits++;
  }

  retained(publication: Publication): void {
    this.lines.push({ kind: "retained", message: messageToLine(publication) });
  }
}

async function* messagesOf(
  journal: LocalJournal,
  queues: readonly StoredQueue[],
): AsyncGenerator<[session: number, message: StoredMessage]> {
  for (const { session } of queues) {
    let after = 0;
    for (;;) {
      const page = await journal.readQueue({ session, after, messagesMax: pageMessages, bytesMax: pageBytes });
      for (const message of page) yield [session, message];
      if (page.length === 0) break;
      after = page.at(-1)?.sequence ?? after;
    }
  }
}

/** A message that waits in several queues is one line, so that an import keeps it once too. */
async function* queuedLines(journal: LocalJournal, found: Collecting): AsyncGenerator<ArchiveLine> {
  const missing = new Map<number, number>();
  for await (const [, { body, publication }] of messagesOf(journal, found.queues)) {
    if (publication !== null) missing.set(body, (missing.get(body) ?? 0) + 1);
  }
  const places = new Map<number, QueuePlace[]>();
  for await (const [session, message] of messagesOf(journal, found.queues)) {
    const { body, publication } = message;
    const place = placeOf(found.clientId(session), message);
    if (publication === null) {
      yield { kind: "queued", message: null, places: [place] };
      continue;
    }
    const known = places.get(body) ?? [];
    known.push(place);
    if (known.length < (missing.get(body) ?? 0)) {
      places.set(body, known);
      continue;
    }
    places.delete(body);
    yield { kind: "queued", message: messageToLine(publication), places: known };
  }
}

function placeOf(clientId: string, message: StoredMessage): QueuePlace {
  const { sequence, qos, retain, identifiers, shared } = message;
  return { clientId, sequence, qos, retain, identifiers: identifiers ?? [], shared };
}
