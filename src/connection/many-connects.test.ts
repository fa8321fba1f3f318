import assert from "node:assert/strict";
import { test } from "node:test";
import type { Authenticator, Verdict } from "../auth/mod.ts";
import { ManualClock } from "../base/mod.ts";
import { MemoryBroker } from "../broker/fuzz/memory-broker.ts";
import type { MemoryClient } from "../broker/fuzz/memory-client.ts";
import { listenedMax, silentMilliseconds } from "./strangers.ts";

const clients = 50;

/** Lets everyone in, and takes a millisecond for each. */
class SlowDoorkeeper implements Authenticator {
  readonly seen: string[] = [];
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  authenticate({ clientId }: { readonly clientId: string }): Verdict {
    this.#clock.advance(1);
    this.seen.push(clientId);
    return { kind: "accepted", userName: null };
  }

  close(): void {}
}

async function knocking(): Promise<{ broker: MemoryBroker; doorkeeper: SlowDoorkeeper; strangers: MemoryClient[] }> {
  const clock = new ManualClock();
  const doorkeeper = new SlowDoorkeeper(clock);
  const broker = new MemoryBroker({}, { clock, authenticator: doorkeeper });
  const strangers = Array.from({ length: clients }, () => broker.stream());
  await broker.settled();
  return { broker, doorkeeper, strangers };
}

test("many clients that connect at the same moment let others in between, and all get in, in their order", async () => {
  const { broker, doorkeeper, strangers } = await knocking();
  await using _ = broker;
  const other = broker.stream();
  other.connect("other");
  await broker.settled();
  other.take();
  for (const [index, stranger] of strangers.entries()) stranger.connect(`c${index}`);
  other.send({ type: "pingreq" });
  let answered = 0;
  while (answered === 0) {
    await new Promise((resolve) => setImmediate(resolve));
    answered = other.take().length;
  }
  assert.ok(doorkeeper.seen.length < clients / 2, `${doorkeeper.seen.length} were heard before the ping was answered`);
  for (let turn = 0; turn < 20; turn++) await broker.settled();
  assert.deepEqual(
    doorkeeper.seen.slice(1),
    strangers.map((_stranger, index) => `c${index}`),
  );
  for (const stranger of strangers) assert.deepEqual(stranger.words(), ["connack"]);
});

test("what a client sends behind a CONNECT that has to wait is handled behind it, also if it goes at once", async () => {
  const { broker, strangers } = await knocking();
  await using _ = broker;
  const reader = broker.stream();
  reader.connect("reader");
  reader.subscribe("a", { qos: 0 });
  await broker.settled();
  reader.take();
  for (const [index, stranger] of strangers.entries()) {
    stranger.connect(`c${index}`);
    stranger.publish("a", `${index}`, { qos: 0 });
    stranger.disconnect();
  }
  for (let turn = 0; turn < 20; turn++) await broker.settled();
  assert.deepEqual(
    reader.words(),
    strangers.map((_stranger, index) => `${index} qos0`),
  );
});

test("who leaves before its CONNECT was heard is forgotten, and nothing of it is kept", async () => {
  const { broker, doorkeeper, strangers } = await knocking();
  await using _ = broker;
  for (const [index, stranger] of strangers.entries()) stranger.connect(`c${index}`);
  for (const stranger of strangers) stranger.peer.destroy();
  for (let turn = 0; turn < 20; turn++) await broker.settled();
  assert.ok(doorkeeper.seen.length < clients, `${doorkeeper.seen.length} were heard`);
  assert.deepEqual([broker.shard.statistics.connections, broker.shard.statistics.strangerBytes], [0, 0]);
});

/** Lets everyone in at once. */
class QuickDoorkeeper implements Authenticator {
  seen = 0;

  authenticate(): Verdict {
    this.seen++;
    return { kind: "accepted", userName: null };
  }

  close(): void {}
}

test("however fast they are let in, no turn brings more of a crowd than it may", async () => {
  const doorkeeper = new QuickDoorkeeper();
  await using broker = new MemoryBroker({}, { authenticator: doorkeeper });
  const strangers = Array.from({ length: 1000 }, () => broker.stream());
  await broker.settled();
  for (const [index, stranger] of strangers.entries()) stranger.connect(`c${index}`);
  const perTurn: number[] = [];
  const { onEnd } = broker.shard.turn;
  let before = 0;
  broker.shard.turn.onEnd = () => {
    perTurn.push(doorkeeper.seen - before);
    before = doorkeeper.seen;
    onEnd();
  };
  while (doorkeeper.seen < strangers.length) await broker.settled();
  assert.equal(Math.max(...perTurn), listenedMax);
  for (const stranger of strangers) assert.deepEqual(stranger.words(), ["connack"]);
});

test("a crowd that says nothing does not keep out who comes after it", async () => {
  await using broker = new MemoryBroker();
  for (let index = 0; index < 1000; index++) broker.stream();
  const late = broker.stream();
  late.connect("late");
  while (late.inbox.length === 0) {
    broker.clock.advance(1);
    await broker.settled();
  }
  assert.deepEqual(late.words(), ["connack"]);
  // Each of the crowd had its few milliseconds, a turn's worth of them at a time.
  assert.ok(broker.clock.now() <= 20 * (silentMilliseconds + 1), `after ${broker.clock.now()} ms`);
});
