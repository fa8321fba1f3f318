import assert from "node:assert/strict";
import { readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ManualClock, silentLogger, systemClock, WorldError } from "../../base/mod.ts";
import { type Qos, topicName } from "../../protocol/mod.ts";
import { noVisitor, openLocal, testFolder } from "../contract/journal-kind.ts";
import { Publication } from "../publication.ts";
import type { StoredMessage } from "../stored-message.ts";
import { LevelStore } from "./level-store.ts";
import { LocalJournal } from "./local-journal.ts";

function message(payload: string, qos: Qos = 1): Publication {
  return new Publication({
    topic: { name: topicName("a/b"), bytes: Buffer.from("a/b") },
    payload: Buffer.from(payload),
    properties: Buffer.alloc(0),
    qos,
    retain: false,
    messageExpiryInterval: -1,
    receivedAt: 0,
    publisherId: "p",
  });
}

/** Puts a message into the queues of these sessions; answers its handles. */
function queue(
  journal: LocalJournal,
  sessions: readonly number[],
  sequence: number,
  publication: Publication,
): number[] {
  const { entry } = journal.log;
  return sessions.map((session) => {
    Object.assign(entry, { session, sequence, qos: 1, identifiers: null, shared: "", live: false, awaited: true });
    return journal.log.queued(publication);
  });
}

const all = (session: number) => ({ session, after: 0, messagesMax: 1000, bytesMax: 1e9 });
const payloads = (messages: readonly StoredMessage[]): string[] =>
  messages.map(({ publication }) => String(publication?.payload));

const failsWith = (code: string, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof WorldError);
  assert.equal(error.code, code);
  assert.match(error.message, text);
  return true;
};

describe("the journal of the level local", () => {
  it("keeps a message for many queues once, and forgets it with the last of them", async () => {
    using folder = testFolder();
    const large = "x".repeat(100_000);
    const journal = await openLocal(folder.path);
    for (let session = 1; session <= 50; session++) journal.log.session(session, `c${session}`, 100);
    queue(
      journal,
      Array.from({ length: 50 }, (_, index) => index + 1),
      1,
      message(large),
    );
    await journal.settled();
    assert.ok(journal.statistics.committedBytes < 200_000, `${journal.statistics.committedBytes} bytes`);
    assert.deepEqual(payloads(await journal.readQueue(all(50))), [large]);
    const [{ body } = { body: 0 }] = await journal.readQueue(all(1));
    for (let session = 1; session <= 49; session++) journal.log.finished(session, 1, body);
    await journal.settled();
    assert.deepEqual(payloads(await journal.readQueue(all(50))), [large]);
    await journal.close();
    // The count is made anew from the queues.
    const again = await openLocal(folder.path);
    assert.deepEqual(payloads(await again.readQueue(all(50))), [large]);
    again.log.finished(50, 1, body);
    await again.close();
    const store = await LevelStore.open(folder.path);
    const left = await store.database.keys({ gte: Buffer.of(6), lt: Buffer.of(8) }).all();
    assert.deepEqual(left, []);
    await store.close();
  });

  it("does not write live traffic that was acknowledged before the commit, and lets its acknowledgement go", async () => {
    using folder = testFolder();
    const journal = await openLocal(folder.path);
    journal.begin();
    Object.assign(journal.log.entry, { session: 1, sequence: 1, qos: 1, live: true, awaited: true });
    const handle = journal.log.queued(message("live"));
    const { ticket } = journal;
    assert.ok(ticket > journal.committed);
    assert.equal(journal.log.takeBack(handle), true);
    journal.commit();
    assert.ok(ticket <= journal.committed);
    assert.equal(journal.statistics.commits, 0);
    await journal.close();
  });

  it("forgets all that belongs to a session that ended, also where the process ended before it could", async () => {
    using folder = testFolder();
    const journal = await openLocal(folder.path);
    journal.log.session(1, "c", 100);
    journal.log.subscribed(1, "a/#", 1, 0);
    journal.log.taken(1, 7);
    for (let sequence = 1; sequence <= 2500; sequence++) queue(journal, [1, 2], sequence, message(`m${sequence}`));
    journal.log.session(2, "d", 100);
    await journal.settled();
    journal.log.ended(1);
    await journal.close();
    const seen: string[] = [];
    const again = await openLocal(folder.path, { ...noVisitor, session: (_, clientId) => void seen.push(clientId) });
    assert.deepEqual(seen, ["d"]);
    await again.swept();
    assert.deepEqual(await again.readQueue(all(1)), []);
    assert.equal((await again.readQueue({ ...all(2), messagesMax: 9999 })).length, 2500);
    await again.close();
  });

  it("deletes bodies at start that a crash left without a queue, and counts anew those that have one", async () => {
    using folder = testFolder();
    const journal = await openLocal(folder.path);
    journal.log.session(1, "c", 100);
    journal.log.session(2, "d", 100);
    queue(journal, [1, 2], 1, message("shared"));
    await journal.close();
    const crashed = await LevelStore.open(folder.path);
    const bodies = await crashed.database.iterator({ gte: Buffer.of(7), lt: Buffer.of(8) }).all();
    const [[key, value] = assert.fail("no body")] = bodies;
    // As if its session's entries had gone, and the process before the body could.
    const stray = Buffer.from(key);
    stray[stray.length - 1] = 99;
    await crashed.database.put(stray, value);
    await crashed.close();
    const again = await openLocal(folder.path);
    again.log.finished(1, 1, 1);
    await again.settled();
    assert.deepEqual(payloads(await again.readQueue(all(2))), ["shared"]);
    again.log.finished(2, 1, 1);
    await again.close();
    const store = await LevelStore.open(folder.path);
    const left = await store.database.keys({ gte: Buffer.of(6), lt: Buffer.of(8) }).all();
    assert.deepEqual(left, []);
    await store.close();
  });

  it("goes on with the expiry of a message by the time that passed while nothing ran", async () => {
    using folder = testFolder();
    const open = async (clock: ManualClock): Promise<LocalJournal> => {
      const store = await LevelStore.open(folder.path);
      const services = { clock, pace: systemClock, logger: silentLogger };
      const journal = new LocalJournal(store, { storeBytesMax: 1e12 }, services);
      await journal.restore(noVisitor);
      return journal;
    };
    const first = await open(new ManualClock(1_700_000_000_000));
    first.log.session(1, "c", 100);
    const publication = message("m");
    publication.messageExpiryInterval = 100;
    queue(first, [1], 1, publication);
    await first.close();
    const second = await open(new ManualClock(1_700_000_040_000));
    const [restored] = await second.readQueue(all(1));
    assert.equal(restored?.publication?.secondsLeft(0), 60);
    await second.close();
  });

  it("refuses a second user of its data folder", async () => {
    using folder = testFolder();
    const journal = await openLocal(folder.path);
    await assert.rejects(openLocal(folder.path), failsWith("store_locked", /another process uses this data folder/));
    await journal.close();
  });

  it("makes its data folder for its owner alone", async () => {
    using folder = testFolder();
    const path = join(folder.path, "new");
    await (await openLocal(path)).close();
    assert.equal(statSync(path).mode & 0o777, 0o700);
  });

  it("refuses data of a newer version, and a folder that is something else", async () => {
    using folder = testFolder();
    await (await openLocal(folder.path)).close();
    writeFileSync(join(folder.path, "FORMAT"), "akasa data folder, format 99\n");
    await assert.rejects(openLocal(folder.path), failsWith("store_too_new", /format 99, this version reads up to 1/));
    writeFileSync(join(folder.path, "FORMAT"), "something\n");
    await assert.rejects(openLocal(folder.path), failsWith("store_damaged", /FORMAT: is not what Akasa writes/));
    using other = testFolder();
    writeFileSync(join(other.path, "holiday.jpg"), "");
    await assert.rejects(openLocal(other.path), failsWith("store_damaged", /no file FORMAT/));
  });

  it("says that a store is damaged, and never begins an empty one in its place", async () => {
    using folder = testFolder();
    const journal = await openLocal(folder.path);
    journal.log.session(1, "c", 100);
    await journal.close();
    const database = join(folder.path, "db");
    const manifest = readdirSync(database).find((name) => name.startsWith("MANIFEST")) ?? assert.fail("no MANIFEST");
    truncateSync(join(database, manifest), 3);
    await assert.rejects(openLocal(folder.path), failsWith("store_damaged", /db: the store is damaged .* Restore/));
    rmSync(database, { recursive: true });
    await assert.rejects(openLocal(folder.path), failsWith("store_damaged", /db: the store is damaged .* Restore/));
  });

  it("says that an entry is damaged", async () => {
    using folder = testFolder();
    await (await openLocal(folder.path)).close();
    const store = await LevelStore.open(folder.path);
    await store.database.put(Buffer.of(1, 0, 0, 0, 0, 0, 1), Buffer.from("rubbish"));
    await store.close();
    await assert.rejects(openLocal(folder.path), failsWith("store_damaged", /the store is damaged/));
  });
});
