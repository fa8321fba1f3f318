import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { StripedMap } from "./striped-map.ts";

function filled(size: number): StripedMap<number> {
  const map = new StripedMap<number>();
  for (let index = 0; index < size; index++) map.set(`key ${index}`, index);
  return map;
}

type Step = { readonly kind: "set" | "delete"; readonly key: number };

// Around the size at which it becomes many Maps.
const sizes = fc.constantFrom(0, 3, 4090, 4095, 4096, 4097, 6000);
const step: fc.Arbitrary<Step> = fc.record({ kind: fc.constantFrom("set", "delete"), key: fc.nat(6100) });
const steps = fc.array(step, { maxLength: 40 });

test("it holds what a Map would hold, whatever its size", () => {
  fc.assert(
    fc.property(sizes, steps, (size, history) => {
      const map = filled(size);
      const model = new Map(Array.from({ length: size }, (_, index) => [`key ${index}`, index]));
      for (const [index, { kind, key }] of history.entries()) {
        const name = `key ${key}`;
        if (kind === "delete") assert.equal(map.delete(name), model.delete(name));
        else map.set(name, index);
        if (kind === "set") model.set(name, index);
        assert.equal(map.get(name), model.get(name));
        assert.equal(map.size, model.size);
      }
      assert.deepEqual(new Map(map.entries()), model);
      assert.deepEqual([...map.values()].length, model.size);
    }),
    { numRuns: 100 },
  );
});

test("a walk meets once what stays, though entries come and go meanwhile", () => {
  fc.assert(
    fc.property(sizes, fc.array(steps, { maxLength: 30 }), (size, rounds) => {
      const map = filled(size);
      const staying = new Set(Array.from({ length: size }, (_, index) => `key ${index}`));
      const met = new Map<string, number>();
      let round = 0;
      for (const [key] of map.entries()) {
        met.set(key, (met.get(key) ?? 0) + 1);
        for (const change of rounds[round++] ?? []) {
          const name = `key ${change.key}`;
          if (change.kind === "delete") staying.delete(name);
          if (change.kind === "delete") map.delete(name);
          else map.set(name, -1);
        }
      }
      for (const key of staying) assert.equal(met.get(key), 1, key);
    }),
    { numRuns: 100 },
  );
});

test("it is empty when everything was deleted, also after it was large", () => {
  const map = filled(10_000);
  for (let index = 0; index < 10_000; index++) {
    assert.equal(map.isEmpty, false);
    map.delete(`key ${index}`);
  }
  assert.equal(map.isEmpty, true);
  assert.equal(map.size, 0);
});
