import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, systemClock } from "./clock.ts";

test("a manual clock runs timers in the order in which they are due", () => {
  const clock = new ManualClock();
  const ran: string[] = [];
  clock.after(30, () => ran.push("late"));
  clock.after(10, () => ran.push("early"));
  clock.after(10, () => ran.push("early, set later"));
  clock.advance(100);
  assert.deepEqual(ran, ["early", "early, set later", "late"]);
});

test("a timer of a manual clock sees the time at which it was due", () => {
  const clock = new ManualClock();
  const seen: number[] = [];
  clock.after(10, () => seen.push(clock.now()));
  clock.advance(50);
  assert.deepEqual(seen, [10]);
  assert.equal(clock.now(), 50);
});

test("a timer set by a timer runs in the same advance if it is due by its end", () => {
  const clock = new ManualClock();
  const seen: number[] = [];
  clock.after(10, () => {
    clock.after(20, () => seen.push(clock.now()));
    clock.after(41, () => seen.push(clock.now()));
  });
  clock.advance(50);
  assert.deepEqual(seen, [30]);
});

test("a cancelled timer does not run", () => {
  const clock = new ManualClock();
  const timer = clock.after(10, () => assert.fail("it ran"));
  timer.cancel();
  timer.cancel();
  clock.advance(50);
});

test("a manual clock's wall time moves with it", () => {
  const clock = new ManualClock(1000);
  clock.advance(5);
  assert.equal(clock.wallTime(), 1005);
});

test("the machine's clock does not go backwards, and its timers run and can be cancelled", async () => {
  const before = systemClock.now();
  // The clock's timers do not keep the process alive; a test has to.
  const alive = setInterval(() => {}, 1000);
  const cancelled = systemClock.after(0, () => assert.fail("a cancelled timer ran"));
  cancelled.cancel();
  await new Promise<void>((resolve) => systemClock.after(2, resolve));
  clearInterval(alive);
  assert.ok(systemClock.now() >= before);
});
