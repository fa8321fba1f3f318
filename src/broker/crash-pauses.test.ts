import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "../base/mod.ts";
import { CrashPauses } from "./crash-pauses.ts";

test("the first crash is made good at once, those that follow after ever longer pauses, half a minute at most", () => {
  const clock = new ManualClock();
  const pauses = new CrashPauses(clock);
  const lasted = Array.from({ length: 9 }, () => {
    const pause = pauses.next();
    clock.advance(pause + 1000);
    return pause / 1000;
  });
  assert.deepEqual(lasted, [0, 1, 2, 4, 8, 16, 30, 30, 30]);
});

test("a crash after a quiet time counts as the first", () => {
  const clock = new ManualClock();
  const pauses = new CrashPauses(clock);
  assert.deepEqual([pauses.next(), pauses.next()], [0, 1000]);
  clock.advance(31_001);
  assert.equal(pauses.next(), 0);
});
