import assert from "node:assert/strict";
import { test } from "node:test";
import { LoopLateness } from "./loop-lateness.ts";

test("the longest delay is remembered for a minute, and no longer", () => {
  const lateness = new LoopLateness();
  assert.equal(lateness.max(0), 0);
  lateness.note(30, 1000);
  lateness.note(700, 2000);
  lateness.note(20, 3000);
  lateness.note(50, 30_000);
  assert.deepEqual(
    [3000, 50_000, 59_999, 61_000, 89_000, 91_000].map((now) => lateness.max(now)),
    [700, 700, 700, 50, 50, 0],
  );
});

test("a loop that stood for hours is as late as that, and what was before is forgotten", () => {
  const lateness = new LoopLateness();
  lateness.note(80, 1000);
  lateness.note(7_200_000, 7_201_100);
  assert.equal(lateness.max(7_201_200), 7_200_000);
  assert.equal(lateness.max(7_300_000), 0);
});
