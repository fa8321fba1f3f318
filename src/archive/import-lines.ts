import type { EventLog, LocalJournal } from "../store/mod.ts";
import { type ArchiveLine, archiveVersion, badLine, parseLine, type QueuedLine } from "./archive-line.ts";
import { messageFromLine } from "./message-line.ts";
import { makeFolder } from "./open-folder.ts";

/** What an import brought in. */
export interface ImportedCounts {
  sessions: number;
  subscriptions: number;
  /** Places in queues: a message counts once for each session that it waits for. */
  queuedMessages: number;
  retainedMessages: number;
  delayedMessages: number;
}

/** Bytes of events that are made safe together. */
const commitBytes = 4 * 1024 * 1024;

/**
 * Makes a data folder out of the lines of an export. A line that is wrong ends it: what was imported so far stays in
 * the new folder, which is to be deleted then.
 * @throws WorldError `usage` where the folder is one already, or with the number of a line that is no export's;
 *   `file_unwritable`
 */
export async function importLines(path: string, lines: AsyncIterable<string>): Promise<ImportedCounts> {
  const journal = await makeFolder(path);
  try {
    return await importInto(journal, lines);
  } finally {
    await journal.close();
  }
}

async function importInto(journal: LocalJournal, lines: AsyncIterable<string>): Promise<ImportedCounts> {
  const importing = new Importing(journal.log);
  let number = 0;
  for await (const text of lines) {
    number++;
    if (number > 1 && text === "") continue;
    const line = parseLine(text, number);
    if ((line.kind === "akasa-export") !== (number === 1)) throw badLine(number, "an export begins with its head line");
    try {
      importing.line(line);
    } catch (error) {
      throw badLine(number, error);
    }
    if (journal.log.bytes >= commitBytes) await journal.settled();
  }
  if (number === 0) throw badLine(1, "an export begins with its head line");
  await journal.settled();
  return importing.counts;
}

class Importing {
  readonly counts: ImportedCounts = {
    sessions: 0,
    subscriptions: 0,
    queuedMessages: 0,
    retainedMessages: 0,
    delayedMessages: 0,
  };
  readonly #log: EventLog;
  readonly #sessions = new Map<string, number>();

  constructor(log: EventLog) {
    this.#log = log;
  }

  line(line: ArchiveLine): void {
    const log = this.#log;
    switch (line.kind) {
      case "akasa-export":
        if (line.version !== archiveVersion) {
          throw new Error(`an export of version ${line.version}; this Akasa reads version ${archiveVersion}`);
        }
        return;
      case "session": {
        if (this.#sessions.has(line.clientId)) throw new Error(`a second session of "${line.clientId}"`);
        const session = ++log.lastSession;
        this.#sessions.set(line.clientId, session);
        log.session(session, line.clientId, line.expirySeconds);
        log.presence(session, line.offlineSince, line.sentTo, line.receiveMaximum);
        this.counts.sessions++;
        return;
      }
      case "subscription":
        log.subscribed(this.#of(line.clientId), line.filter, line.options, line.identifier);
        this.counts.subscriptions++;
        return;
      case "will":
        log.will(this.#of(line.clientId), messageFromLine(line.message), line.delaySeconds);
        return;
      case "received":
        log.taken(this.#of(line.clientId), line.packetId);
        return;
      case "queued":
        this.#queued(line);
        return;
      case "retained":
        log.retained(messageFromLine(line.message));
        this.counts.retainedMessages++;
        return;
      case "delayed": {
        const key = { place: 0, number: ++this.counts.delayedMessages };
        log.delayed(key, line.due, messageFromLine(line.message));
      }
    }
  }

  #queued({ message, places }: QueuedLine): void {
    const log = this.#log;
    const publication = message === null ? null : messageFromLine(message);
    for (const { clientId, sequence, qos, retain, identifiers, shared } of places) {
      const session = this.#of(clientId);
      this.counts.queuedMessages++;
      if (publication === null) {
        log.acknowledged(session, sequence, 0);
        continue;
      }
      const storedBytes = publication.keptBytes;
      const place = { session, sequence, qos, retain, shared, storedBytes, awaited: true, live: false };
      Object.assign(log.entry, place, { identifiers: identifiers.length === 0 ? null : identifiers });
      log.queued(publication);
    }
  }

  #of(clientId: string): number {
    const session = this.#sessions.get(clientId);
    if (session === undefined) throw new Error(`there is no session line of "${clientId}" before it`);
    return session;
  }
}
