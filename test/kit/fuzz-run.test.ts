import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzz } from "./fuzz-run.ts";

test("a broken property is told with its seed, its smallest input and the assertion that failed, with its place", () => {
  const property = fc.property(fc.nat(), (number) => assert.deepEqual({ small: number < 10 }, { small: true }));
  assert.throws(
    () => fuzz(property, { seed: 7, runs: 1000 }),
    ({ message }: Error) => {
      for (const part of [/^seed 7: /, /Counterexample: \[10\]/, /-\s+small: true/, /fuzz-run\.test\.ts:7:/]) {
        assert.match(message, part);
      }
      return true;
    },
  );
});
