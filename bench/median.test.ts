import assert from "node:assert/strict";
import { test } from "node:test";
import { medianOf } from "./median.ts";

test("the median of three runs is the middle one, field by field", () => {
  const runs = [
    { cpu_us: 3, rate: 10 },
    { cpu_us: 1, rate: 30 },
    { cpu_us: 2, rate: 20 },
  ];
  assert.deepEqual(medianOf(runs), { cpu_us: 2, rate: 20 });
});

test("the median of two runs lies between them", () => {
  assert.deepEqual(medianOf([{ cpu_us: 1 }, { cpu_us: 2 }]), { cpu_us: 1.5 });
});

test("a message lost in one run of three is still reported", () => {
  assert.deepEqual(medianOf([{ lost: 0 }, { lost: 7 }, { lost: 0 }]), { lost: 7 });
});
