import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type TopicFilter, topicMatches, topicName } from "../protocol/mod.ts";
import { Publication } from "./publication.ts";
import { MemoryRetainedStore, type RetainedCursor } from "./retained.ts";

const unlimited = { messagesMax: Infinity, bytesMax: Infinity };

function message(topic: string, payload = "x", expirySeconds = -1): Publication {
  return new Publication({
    topic: { name: topicName(topic), bytes: Buffer.from(topic) },
    payload: Buffer.from(payload),
    properties: Buffer.alloc(0),
    qos: 1,
    retain: true,
    messageExpiryInterval: expirySeconds,
    receivedAt: 0,
    publisherId: "p",
  });
}

function storeOf(topics: readonly string[]): MemoryRetainedStore {
  const store = new MemoryRetainedStore(unlimited);
  for (const topic of topics) store.set(message(topic));
  return store;
}

function walk(cursor: RetainedCursor, steps = 3): Publication[] {
  const met: Publication[] = [];
  while (!cursor.done) {
    const next = cursor.next(steps);
    if (next !== null) met.push(next);
  }
  assert.equal(cursor.next(steps), null);
  return met;
}

function topicsOf(store: MemoryRetainedStore, filter: string): string[] {
  return walk(store.match(filter as TopicFilter))
    .map(({ topic }) => topic.name)
    .toSorted();
}

test("a topic has one message: the last", () => {
  const store = storeOf(["a"]);
  store.set(message("a", "second"));
  assert.equal(store.count, 1);
  assert.equal(store.get(topicName("a"))?.payload.toString(), "second");
});

test("a message that is deleted is gone, and its bytes are free", () => {
  const store = storeOf(["a/b", "a"]);
  assert.equal(store.delete(topicName("a/b")), true);
  assert.equal(store.delete(topicName("a/b")), false);
  assert.deepEqual(topicsOf(store, "#"), ["a"]);
  assert.equal(store.delete(topicName("a")), true);
  assert.deepEqual([store.count, store.bytes], [0, 0]);
});

test("a level that has messages below it is not one itself", () => {
  const store = storeOf(["a/b"]);
  assert.equal(store.get(topicName("a")), null);
  assert.equal(store.delete(topicName("a")), false);
  assert.equal(store.get(topicName("a/b/c")), null);
});

test("wildcards in the first level leave out topics that begin with '$', and only those", () => {
  const store = storeOf(["$SYS/a", "a/$SYS", "a/$b/c", "$x"]);
  assert.deepEqual(topicsOf(store, "#"), ["a/$SYS", "a/$b/c"]);
  assert.deepEqual(topicsOf(store, "+/+"), ["a/$SYS"]);
  assert.deepEqual(topicsOf(store, "a/#"), ["a/$SYS", "a/$b/c"]);
  assert.deepEqual(topicsOf(store, "$SYS/#"), ["$SYS/a"]);
});

test("no more messages are kept than allowed, but those that are there can be replaced", () => {
  const store = new MemoryRetainedStore({ messagesMax: 2, bytesMax: Infinity });
  assert.deepEqual(
    ["a", "b", "c", "a"].map((topic) => store.set(message(topic, "new"))),
    [null, null, "too_many_messages", null],
  );
  store.delete(topicName("b"));
  assert.equal(store.set(message("c")), null);
});

test("no more bytes are kept than allowed, and the old message stays where the new one is too large", () => {
  const small = message("a", "x".repeat(10));
  const store = new MemoryRetainedStore({ messagesMax: 10, bytesMax: small.storedBytes + 50 });
  assert.equal(store.set(small), null);
  assert.equal(store.set(message("a", "x".repeat(61))), "too_many_bytes");
  assert.equal(store.get(topicName("a")), small);
  assert.equal(store.set(message("a", "x".repeat(60))), null);
  assert.equal(store.bytes, small.storedBytes + 50);
});

test("a limit of zero keeps nothing", () => {
  const store = new MemoryRetainedStore({ messagesMax: 0, bytesMax: 0 });
  assert.equal(store.set(message("a")), "too_many_messages");
});

test("a walk hands over the message that a topic has when it comes there, not an older one", () => {
  const store = storeOf(["a", "b/c"]);
  for (const filter of ["a", "#", "+"]) {
    const cursor = store.match(filter as TopicFilter);
    store.set(message("a", "newer"));
    assert.ok(walk(cursor).some((met) => met.payload.toString() === "newer"));
    store.set(message("a", "x"));
  }
});

test("a walk does not hand over what was deleted before it came there", () => {
  for (const filter of ["a/b", "a/+", "#"]) {
    const store = storeOf(["a/b"]);
    const cursor = store.match(filter as TopicFilter);
    store.delete(topicName("a/b"));
    assert.deepEqual(walk(cursor), [], filter);
  }
});

test("a walk that finds little stops after the steps it was given", () => {
  const store = storeOf(Array.from({ length: 1000 }, (_, index) => `a/${index}/x`));
  const cursor = store.match("a/+/none" as TopicFilter);
  let calls = 0;
  while (!cursor.done) {
    assert.equal(cursor.next(10), null);
    calls++;
  }
  assert.ok(calls >= 1000 / 11, `${calls} calls`);
});

test("a sweep forgets what has expired, also below '$', and keeps the rest", () => {
  const store = storeOf(["stays", "a/stays"]);
  for (const topic of ["short", "a/short", "$x/short"]) store.set(message(topic, "x", 10));
  store.set(message("long", "x", 100));
  const step = store.sweep(10_000);
  assert.ok(step !== null);
  while (!step());
  assert.equal(store.count, 3);
  assert.deepEqual(topicsOf(store, "#"), ["a/stays", "long", "stays"]);
});

test("a sweep is done in steps, and leaves alone what is set anew meanwhile", () => {
  const store = new MemoryRetainedStore(unlimited);
  for (let index = 0; index < 10_000; index++) store.set(message(`a/${index}`, "x", 10));
  const step = store.sweep(20_000);
  assert.ok(step !== null);
  let steps = 1;
  for (; !step(); steps++) if (steps === 1) store.set(message("a/9999", "new"));
  assert.ok(steps > 2);
  assert.deepEqual(topicsOf(store, "#"), ["a/9999"]);
});

test("there is nothing to sweep where no message can expire", () => {
  const store = storeOf(["a"]);
  assert.equal(store.sweep(1e12), null);
  store.set(message("b", "x", 10));
  assert.notEqual(store.sweep(0), null);
  store.set(message("b", "stays"));
  assert.equal(store.sweep(1e12), null);
  store.set(message("b", "x", 10));
  store.delete(topicName("b"));
  assert.equal(store.sweep(1e12), null);
});

const level = fc.constantFrom("a", "b", "", "$s");
const arbitraryTopic = fc
  .array(level, { minLength: 1, maxLength: 4 })
  .map((levels) => levels.join("/"))
  .filter((topic) => topic !== "");
const arbitraryFilter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant("+")), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([levels, rest]) => (rest ? [...levels.slice(0, -1), "#"] : levels).join("/"))
  .filter((filter) => filter !== "");

test("a filter finds exactly the topics that match it, whatever came and went before", () => {
  const change = fc.record({ topic: arbitraryTopic, deleted: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 40 }),
      fc.array(arbitraryFilter, { maxLength: 5 }),
      (changes, filters) => {
        const store = new MemoryRetainedStore(unlimited);
        const model = new Map<string, Publication>();
        for (const { topic, deleted } of changes) {
          const next = message(topic, String(model.size));
          if (deleted) assert.equal(store.delete(topicName(topic)), model.delete(topic));
          else if (store.set(next) === null) model.set(topic, next);
        }
        for (const filter of filters) {
          const wanted = [...model].filter(([topic]) => topicMatches(filter as TopicFilter, topicName(topic)));
          const met = walk(store.match(filter as TopicFilter));
          assert.deepEqual(new Set(met), new Set(wanted.map(([, each]) => each)));
          assert.equal(met.length, wanted.length);
        }
        assert.equal(store.count, model.size);
        assert.equal(
          store.bytes,
          [...model.values()].reduce((sum, each) => sum + each.storedBytes, 0),
        );
      },
    ),
    { numRuns: 1000 },
  );
});

test("a walk meets once whatever stays, though messages come and go between its steps", () => {
  const change = fc.record({ topic: arbitraryTopic, deleted: fc.boolean() });
  const changes = fc.array(fc.array(change, { maxLength: 4 }), { minLength: 1, maxLength: 30 });
  const start = fc.uniqueArray(arbitraryTopic, { maxLength: 20 });
  fc.assert(
    fc.property(start, changes, arbitraryFilter, (topics, rounds, filter) => {
      const store = storeOf(topics);
      const staying = new Set(topics);
      const met: string[] = [];
      const cursor = store.match(filter as TopicFilter);
      for (let round = 0; !cursor.done; round++) {
        for (const { topic, deleted } of rounds[round] ?? []) {
          if (deleted) staying.delete(topic);
          if (deleted) store.delete(topicName(topic));
          else store.set(message(topic, "new"));
        }
        const next = cursor.next(1);
        if (next !== null) assert.equal(store.get(next.topic.name), next, "it is the topic's message at that moment");
        if (next !== null) met.push(next.topic.name);
      }
      for (const topic of staying) {
        const times = met.filter((each) => each === topic).length;
        assert.equal(times, topicMatches(filter as TopicFilter, topicName(topic)) ? 1 : 0, topic);
      }
    }),
    { numRuns: 1000 },
  );
});
