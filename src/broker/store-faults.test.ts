import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Logger, ManualClock } from "../base/mod.ts";
import { noVisitor, testFolder } from "../store/contract/journal-kind.ts";
import { BreakableStore } from "../store/fuzz/breakable-store.ts";
import { LocalJournal } from "../store/mod.ts";
import { MemoryBroker } from "./fuzz/memory-broker.ts";
import type { MemoryClient } from "./fuzz/memory-client.ts";

const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 1000 } } as const;

/** A broker whose disk can be broken, and what it has logged. */
class FaultyBroker implements AsyncDisposable {
  readonly broker: MemoryBroker;
  readonly store: BreakableStore;
  readonly journal: LocalJournal;
  readonly lines: string[];
  readonly #pace: ManualClock;
  readonly #folder: Disposable;

  private constructor(folder: Disposable, store: BreakableStore) {
    this.#folder = folder;
    this.store = store;
    this.#pace = new ManualClock();
    const lines: string[] = [];
    const collect = (line: string): void => void lines.push(line);
    const logger: Logger = { debug: () => {}, info: collect, warn: collect, error: collect };
    this.lines = lines;
    const services = { clock: new ManualClock(), pace: this.#pace, logger };
    this.journal = new LocalJournal(store, { storeBytesMax: 1_000_000 }, services);
    this.broker = new MemoryBroker({}, { journal: this.journal });
  }

  static async start(): Promise<FaultyBroker> {
    const folder = testFolder();
    const faulty = new FaultyBroker(folder, await BreakableStore.open(folder.path));
    await faulty.journal.restore(noVisitor);
    return faulty;
  }

  /** Lets time pass, until the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      this.#pace.advance(100);
      await this.broker.settled();
    }
  }

  async client(clientId: string, change: Parameters<MemoryClient["connect"]>[1] = {}): Promise<MemoryClient> {
    const client = this.broker.stream();
    client.connect(clientId, change);
    await this.until(() => client.inbox.length > 0);
    assert.equal(client.inbox.shift()?.type, "connack");
    return client;
  }

  /** A client with a lasting session that subscribes to "d" and has gone. */
  async away(): Promise<void> {
    const client = await this.client("away", lasting);
    client.subscribe("d");
    await this.until(() => client.inbox.length > 0);
    client.disconnect();
    await this.broker.settled();
    await this.journal.settled();
  }

  /** The disk fails, and the broker has noticed. */
  async breakDisk(publisher: MemoryClient, how = "No space left on device"): Promise<void> {
    this.store.broken = new Error(`IO error: 000005.log: ${how}`);
    publisher.publish("d", "noticed", { qos: 1, packetId: 1 });
    await this.until(() => this.journal.refuses);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.store.broken = null;
    await this.until(() => !this.journal.refuses);
    await this.broker[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

describe("while the store cannot be written", () => {
  it("a 5.0 publisher is told 0x97, an older one waits, and the message goes to nobody", async () => {
    await using faulty = await FaultyBroker.start();
    await faulty.away();
    const live = await faulty.client("live");
    live.subscribe("d");
    const [v5, v4] = [await faulty.client("v5"), await faulty.client("v4", { version: 4 })];
    await faulty.breakDisk(await faulty.client("other"));
    live.take();
    for (const qos of [1, 2] as const) {
      v5.publish("d", "new", { qos, packetId: 2 });
      v4.publish("d", "old", { qos, packetId: 2 });
    }
    await faulty.broker.settled();
    assert.deepEqual(v5.words(), ["puback #2 0x97", "pubrec #2 0x97"]);
    assert.deepEqual(v4.words(), []);
    assert.deepEqual(live.words(), []);
  });

  it("a 5.0 publisher is told 0x83 where it fails for another reason than that it is full", async () => {
    await using faulty = await FaultyBroker.start();
    await faulty.away();
    const client = await faulty.client("v5");
    await faulty.breakDisk(await faulty.client("other"), "Input/output error");
    for (const qos of [1, 2] as const) client.publish("d", "new", { qos, packetId: 2 });
    await faulty.broker.settled();
    assert.deepEqual(client.words(), ["puback #2 0x83", "pubrec #2 0x83"]);
  });

  it("what needs no store goes on: QoS 0, and sessions that end with their connections", async () => {
    await using faulty = await FaultyBroker.start();
    await faulty.away();
    const [publisher, live] = [await faulty.client("p"), await faulty.client("live")];
    live.subscribe("free");
    await faulty.breakDisk(publisher);
    live.take();
    publisher.publish("free", "one", { qos: 1, packetId: 5 });
    publisher.publish("free", "zero");
    publisher.publish("nobody", "none", { qos: 2, packetId: 6 });
    await faulty.broker.settled();
    assert.deepEqual(live.words(), ["one qos1 #1", "zero qos0"]);
    assert.deepEqual(publisher.words(), []);
  });

  it("new lasting sessions, their subscriptions and retained messages are refused", async () => {
    await using faulty = await FaultyBroker.start();
    await faulty.away();
    const [publisher, lastingClient] = [await faulty.client("p"), await faulty.client("l", lasting)];
    await faulty.breakDisk(publisher);
    lastingClient.subscribe("x");
    publisher.publish("r", "kept", { qos: 1, packetId: 9, retain: true });
    const late = faulty.broker.stream();
    late.connect("late", lasting);
    await faulty.broker.settled();
    assert.deepEqual(late.words(), ["refused 136"]);
    assert.equal(faulty.broker.shard.retained.count, 0);
    await faulty.until(() => {
      faulty.store.broken = null;
      return !faulty.journal.refuses;
    });
    await faulty.until(() => lastingClient.inbox.length > 0);
    assert.deepEqual(lastingClient.words(), ["suback 151"]);
  });

  it("everything goes on by itself when the disk works again, and the log tells both once", async () => {
    await using faulty = await FaultyBroker.start();
    await faulty.away();
    const publisher = await faulty.client("p");
    await faulty.breakDisk(publisher);
    const { attempts } = faulty.store;
    await faulty.until(() => faulty.journal.statistics.failures >= 4);
    assert.deepEqual(publisher.words(), []);
    faulty.store.broken = null;
    await faulty.until(() => publisher.inbox.length > 0);
    assert.deepEqual(publisher.words(), ["puback #1"]);
    assert.ok(faulty.store.attempts > attempts);
    publisher.publish("d", "later", { qos: 1, packetId: 2 });
    await faulty.until(() => publisher.inbox.length > 0);
    assert.deepEqual(publisher.words(), ["puback #2"]);
    const back = await faulty.client("away", lasting);
    await faulty.until(() => back.inbox.length >= 2);
    assert.deepEqual(back.words(), ["noticed qos1 #1", "later qos1 #2"]);
    assert.equal(faulty.lines.filter((line) => line.includes("cannot be written")).length, 1);
    assert.equal(faulty.lines.filter((line) => line === "the store works again").length, 1);
  });
});

describe("while the store is larger than max_store_bytes", () => {
  it("what would add to it is refused, and taken again when it is smaller", async () => {
    await using faulty = await FaultyBroker.start();
    await faulty.away();
    const publisher = await faulty.client("p");
    faulty.store.reportedSize = 2_000_000;
    await faulty.until(() => faulty.journal.refuses);
    publisher.publish("d", "more", { qos: 1, packetId: 1 });
    await faulty.broker.settled();
    assert.deepEqual(publisher.words(), ["puback #1 0x97"]);
    assert.equal(faulty.broker.shard.statistics.messagesDropped[9], 1);
    faulty.store.reportedSize = 0;
    await faulty.until(() => !faulty.journal.refuses);
    publisher.publish("d", "more", { qos: 1, packetId: 1 });
    await faulty.until(() => publisher.inbox.length > 0);
    assert.deepEqual(publisher.words(), ["puback #1"]);
  });
});
