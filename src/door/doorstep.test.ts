import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, silentLogger } from "../base/mod.ts";
import { Doorstep, type Visit } from "./doorstep.ts";
import { newHandshakeCounters } from "./handshake-counters.ts";

function doorstep(pendingMax = 2) {
  const clock = new ManualClock();
  const counters = newHandshakeCounters();
  const step = new Doorstep({
    name: "mqtts",
    clock,
    logger: silentLogger,
    counters,
    timeoutMilliseconds: 10_000,
    pendingMax,
  });
  const closed: number[] = [];
  let count = 0;
  const enter = (): Visit | null => {
    const number = ++count;
    return step.enter(
      () => "192.0.2.7:1",
      () => closed.push(number),
    );
  };
  return { clock, counters, step, closed, enter };
}

test("who is not through in time is closed, once, and counted", () => {
  const { clock, counters, closed, enter } = doorstep();
  enter();
  clock.advance(9999);
  assert.deepEqual([closed, counters.pending], [[], 1]);
  clock.advance(1);
  assert.deepEqual([closed, counters.pending, counters.failed.timeout], [[1], 0, 1]);
});

test("who is through has all the time of the world", () => {
  const { clock, counters, closed, enter } = doorstep();
  const visit = enter();
  visit?.over();
  visit?.over();
  visit?.refuse("tls", "too late");
  clock.advance(100_000);
  assert.deepEqual([closed, counters.pending, counters.failed.timeout, counters.failed.tls], [[], 0, 0, 0]);
});

test("more than the limit are closed at once, until somebody is through", () => {
  const { counters, closed, enter } = doorstep(2);
  const [first] = [enter(), enter()];
  assert.equal(enter(), null);
  assert.deepEqual([closed, counters.failed.too_many, counters.pending], [[3], 1, 2]);
  first?.over();
  assert.notEqual(enter(), null);
});

test("a refusal closes and counts why", () => {
  const { counters, closed, enter } = doorstep();
  enter()?.refuse("certificate", "it sends none");
  assert.deepEqual([closed, counters.failed.certificate, counters.pending], [[1], 1, 0]);
});

test("a door that closes closes those before it, and nobody is blamed", () => {
  const { clock, counters, step, closed, enter } = doorstep();
  enter();
  enter();
  step.clear();
  clock.advance(100_000);
  assert.deepEqual([closed, counters.pending, counters.failed.timeout], [[1, 2], 0, 0]);
});
