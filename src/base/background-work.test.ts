import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGarbage } from "../../test/kit/collect-garbage.ts";
import { BackgroundWork } from "./background-work.ts";

/** Work whose every step takes one millisecond of a clock of its own. */
function workWithClock(): { work: BackgroundWork; log: string[]; add(name: string, steps: number): void } {
  let now = 0;
  const work = new BackgroundWork(() => now);
  const log: string[] = [];
  const add = (name: string, steps: number): void => {
    let left = steps;
    work.add(() => {
      now++;
      left--;
      log.push(name);
      return left === 0;
    });
  };
  return { work, log, add };
}

test("work goes on in the time it is given, and no longer", () => {
  const { work, log, add } = workWithClock();
  add("a", 10);
  work.run(4);
  assert.equal(log.length, 4);
  work.run(4);
  assert.equal(log.length, 8);
  work.run(4);
  assert.equal(log.length, 10);
  assert.equal(work.size, 0);
});

test("pieces are done in the order in which they came", () => {
  const { work, log, add } = workWithClock();
  add("a", 2);
  add("b", 1);
  add("c", 1);
  work.run(3);
  assert.deepEqual(log, ["a", "a", "b"]);
  assert.equal(work.size, 1);
});

test("at least one step is done, however little time there is", () => {
  const { work, log, add } = workWithClock();
  add("a", 2);
  work.run(0);
  assert.equal(log.length, 1);
});

test("a step may add more work", () => {
  const { work, log, add } = workWithClock();
  work.add(() => {
    add("later", 1);
    return true;
  });
  work.run(100);
  assert.deepEqual(log, ["later"]);
});

test("what is finished is not held, though there is always more to do", () => {
  const { work, add } = workWithClock();
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 100; count++) {
    const bytes = Buffer.alloc(100_000);
    work.add(() => bytes.length > 0);
    add("slow", 3);
    work.run(2);
  }
  assert.ok(work.size > 0);
  collectGarbage();
  assert.ok(process.memoryUsage().arrayBuffers - before < 6_000_000);
});
