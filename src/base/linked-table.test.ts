import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { workedMilliseconds } from "../../test/kit/thread-work.ts";
import { hashOf, type Linked, LinkedTable } from "./linked-table.ts";

interface Entry extends Linked<Entry> {
  readonly key: string;
}

function keyOf({ key }: Entry): string {
  return key;
}

/** Holds a table against a Map, whatever is done to both. */
class Pair {
  readonly table = new LinkedTable<Entry>(keyOf);
  readonly model = new Map<string, Entry>();
  readonly #hash: (key: string) => number;

  constructor(hash: (key: string) => number) {
    this.#hash = hash;
  }

  add(number: number): void {
    const key = `key ${number}`;
    if (this.model.has(key)) return;
    const entry = { key, hash: this.#hash(key), next: null };
    this.table.add(entry);
    this.model.set(key, entry);
  }

  delete(number: number): void {
    const entry = this.model.get(`key ${number}`);
    if (entry === undefined) return;
    assert.equal(this.table.delete(entry), true);
    assert.equal(this.table.delete(entry), false);
    this.model.delete(entry.key);
  }

  check(numbers: Iterable<number>): void {
    assert.equal(this.table.size, this.model.size);
    for (const number of numbers) {
      const key = `key ${number}`;
      assert.equal(this.table.get(key, this.#hash(key)), this.model.get(key) ?? null);
    }
    assert.deepEqual(new Set(this.table), new Set(this.model.values()));
  }
}

const hashes = [
  hashOf,
  // All in one bucket; in two that stay neighbours; in buckets that are split late.
  () => 7,
  (key: string) => hashOf(key) & 1,
  (key: string) => hashOf(key) & ~0xff,
] as const;

const stretch = fc.record({ add: fc.boolean(), from: fc.nat(3000), count: fc.integer({ min: 1, max: 1500 }) });

test("a table holds what a Map would hold while it grows and shrinks, also where the hashes are all alike", () => {
  fc.assert(
    fc.property(fc.constantFrom(...hashes), fc.array(stretch, { maxLength: 8 }), (hash, stretches) => {
      const pair = new Pair(hash);
      for (const { add, from, count } of stretches) {
        for (let number = from; number < from + count; number++) {
          if (add) pair.add(number);
          else pair.delete(number);
        }
        pair.check([0, from, from + count - 1, from + count]);
      }
      pair.check(Array.from({ length: 4500 }, (_, number) => number));
    }),
    { numRuns: 100 },
  );
});

test("keys with equal hashes, as a hostile client chooses them, are found as fast as others", () => {
  const count = 30_000;
  const pair = new Pair(() => 7);
  const before = workedMilliseconds();
  for (let number = 0; number < count; number++) pair.add(number);
  for (let number = 0; number < count; number++) pair.delete(number);
  // One chain of all would be walked 900 million steps: several seconds.
  assert.ok(workedMilliseconds() - before < 1500);
  assert.equal(pair.table.size, 0);
});
