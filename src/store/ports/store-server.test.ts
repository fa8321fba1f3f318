import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLogger, systemClock } from "../../base/mod.ts";
import { topicName } from "../../protocol/mod.ts";
import { noVisitor, testFolder } from "../contract/journal-kind.ts";
import { BreakableStore } from "../fuzz/breakable-store.ts";
import { PacedPort, PacedWay } from "../fuzz/paced-ports.ts";
import { StoreWriter } from "../level/store-writer.ts";
import { Publication } from "../publication.ts";
import type { StoreVisitor, Transit } from "../stored-message.ts";
import { SharedJournal } from "./shared-journal.ts";
import type { FromStore, ToStore } from "./store-message.ts";
import { StoreServer } from "./store-server.ts";

function message(payload: string): Publication {
  return new Publication({
    topic: { name: topicName("a/b"), bytes: Buffer.from("a/b") },
    payload: Buffer.from(payload),
    properties: Buffer.alloc(0),
    qos: 1,
    retain: false,
    messageExpiryInterval: -1,
    receivedAt: 0,
    publisherId: "p",
  });
}

/** A store with shards on it, over ways that take a turn of the loop each. */
class Shared implements AsyncDisposable {
  readonly store: BreakableStore;
  readonly server: StoreServer;
  readonly journals: SharedJournal[] = [];

  private constructor(store: BreakableStore, places: number) {
    this.store = store;
    const writer = new StoreWriter(store, { storeBytesMax: 1e12 }, { pace: systemClock, logger: silentLogger });
    this.server = new StoreServer(writer, places);
  }

  static async open(
    path: string,
    places: number,
    visitorOf: (place: number) => StoreVisitor = () => noVisitor,
  ): Promise<Shared> {
    const shared = new Shared(await BreakableStore.open(path), places);
    const restored = Array.from({ length: places }, (_, place) => shared.add(place, visitorOf(place)));
    await Promise.all(restored);
    return shared;
  }

  /** A shard comes to a place. */
  async add(place: number, visitor: StoreVisitor = noVisitor): Promise<SharedJournal> {
    const ways = [new PacedWay(), new PacedWay()] as const;
    for (const way of ways) way.onSent = () => void setImmediate(() => way.step());
    const [storeEnd, shardEnd] = PacedPort.pair<FromStore, ToStore>(ways);
    this.server.attach(place, storeEnd);
    const journal = new SharedJournal({ port: shardEnd, place, clock: systemClock });
    this.journals[place] = journal;
    await journal.restore(visitor);
    return journal;
  }

  at(place: number): SharedJournal {
    return this.journals[place] as SharedJournal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.journals.map((journal) => journal.close()));
    await this.server.close();
  }
}

function queue(journal: SharedJournal, session: number, sequence: number, publication: Publication): void {
  Object.assign(journal.log.entry, { session, sequence, qos: 1, identifiers: null, shared: "", live: false });
  journal.log.queued(publication);
}

/** Writes down which sessions, and what for other shards, it is told of. */
function listing(into: string[]): StoreVisitor {
  return {
    ...noVisitor,
    session: (_, clientId) => void into.push(clientId),
    queue: ({ messages }) => void into.push(`${messages} queued`),
    transit: ({ publication, from, place }) => void into.push(`${from}>${place} ${String(publication?.payload)}`),
  };
}

describe("one store for several shards", () => {
  it("writes what all of them bring at the same time with one flush", async () => {
    using folder = testFolder();
    await using shared = await Shared.open(folder.path, 3);
    for (const { log } of shared.journals) log.session(log.nextSession(), "c", 100);
    await Promise.all(shared.journals.map((journal) => journal.settled()));
    assert.ok(shared.server.statistics.commits <= 2, `${shared.server.statistics.commits} commits`);
  });

  it("gives each shard numbers that no other one gives, also after a start with fewer shards", async () => {
    using folder = testFolder();
    const given = new Set<number>();
    for (const places of [3, 2, 4]) {
      await using shared = await Shared.open(folder.path, places);
      for (let round = 0; round < 5; round++) {
        for (const { log } of shared.journals) {
          const session = log.nextSession();
          assert.ok(!given.has(session), `${session} twice`);
          given.add(session);
          log.session(session, `c${session}`, 100);
        }
      }
    }
  });

  it("gives each shard at the next start the sessions that it had, and what is retained", async () => {
    using folder = testFolder();
    {
      await using shared = await Shared.open(folder.path, 2);
      for (const [place, { log }] of shared.journals.entries()) {
        const session = log.nextSession();
        log.session(session, `c${place}`, 100);
        log.presence(session, 1, 0, 0);
        queue(shared.at(place), session, 1, message("m"));
      }
      shared.at(0).log.retained(message("r"));
    }
    const seen: string[][] = [[], []];
    const retained: string[] = [];
    await using shared = await Shared.open(folder.path, 2, (place) => ({
      ...listing(seen[place] as string[]),
      retained: ({ payload }) => void retained.push(`${String(payload)} at ${place}`),
    }));
    assert.equal(shared.journals.length, 2);
    assert.deepEqual(seen, [
      ["c0", "1 queued"],
      ["c1", "1 queued"],
    ]);
    assert.deepEqual(retained.toSorted(), ["r at 0", "r at 1"]);
  });

  it("gives a shard that takes another's place that one's sessions, those that moved there included", async () => {
    using folder = testFolder();
    await using shared = await Shared.open(folder.path, 2);
    const { log } = shared.at(0);
    for (const clientId of ["stays", "moves"]) {
      const session = log.nextSession();
      log.session(session, clientId, 100);
      if (clientId === "moves") log.handedOver(session, 1, 0, 1);
    }
    const own = shared.at(1).log;
    own.session(own.nextSession(), "own", 100);
    await Promise.all(shared.journals.map((journal) => journal.settled()));
    shared.server.detach(1);
    const seen: string[] = [];
    const again = await shared.add(1, listing(seen));
    assert.deepEqual(seen.toSorted(), ["moves", "own"]);
    const next = again.log.nextSession();
    assert.ok(next > own.lastSession, "numbers go on");
  });

  it("brings what one shard has for another there in its order once it is safe, and once", async () => {
    using folder = testFolder();
    const got: string[] = [];
    const note = ({ publication, from }: Transit): void => void got.push(`${from} ${String(publication?.payload)}`);
    {
      await using shared = await Shared.open(folder.path, 2);
      const to = shared.at(1);
      const { promise, resolve } = Promise.withResolvers<void>();
      to.onTransit = (transit) => {
        note(transit);
        to.log.delivered(1, transit.number);
        if (got.length === 3) resolve();
      };
      to.takeTransits();
      const from = shared.at(0);
      for (const payload of ["one", "two", "three"]) {
        from.log.transit([1], { what: 1, terms: Buffer.alloc(0), publication: message(payload) });
        await from.settled();
      }
      await promise;
    }
    assert.deepEqual(got, ["0 one", "0 two", "0 three"]);
    const left: string[] = [];
    await using shared = await Shared.open(folder.path, 2, () => listing(left));
    assert.equal(shared.journals.length, 2);
    assert.deepEqual(left, []);
  });

  it("keeps what a shard did not record for who takes its place, and for the next start", async () => {
    using folder = testFolder();
    const seen: string[] = [];
    {
      await using shared = await Shared.open(folder.path, 2);
      shared.server.detach(1);
      const from = shared.at(0);
      from.log.transit([1], { what: 1, terms: Buffer.alloc(0), publication: message("m") });
      await from.settled();
      await shared.add(1, listing(seen));
      assert.deepEqual(seen, ["0>1 m"]);
    }
    await using shared = await Shared.open(folder.path, 2, () => listing(seen));
    assert.equal(shared.journals.length, 2);
    assert.deepEqual(seen, ["0>1 m", "0>1 m"]);
  });

  it("says to all shards that the store fails, and that it works again", async () => {
    using folder = testFolder();
    await using shared = await Shared.open(folder.path, 2);
    shared.store.broken = new Error("no space left on device");
    const from = shared.at(0);
    from.log.session(from.log.nextSession(), "c", 100);
    const settled = from.settled();
    while (!shared.journals.every(({ refuses }) => refuses)) await new Promise(setImmediate);
    shared.store.broken = null;
    await settled;
    while (shared.journals.some(({ refuses }) => refuses)) await new Promise(setImmediate);
  });
});
