import assert from "node:assert/strict";
import { test } from "node:test";
import { readBudget, withinBudget } from "./allocation-budget.ts";
import { selectWorkloads } from "./select-workloads.ts";

test("a measurement within the tolerance passes", () => {
  assert.equal(withinBudget(111, 100, 10), true);
});

test("a measurement above tolerance and slack fails", () => {
  assert.equal(withinBudget(121, 100, 10), false);
});

test("one more object for every message fails, even where almost nothing was budgeted", () => {
  assert.equal(withinBudget(8 + 24, 8, 10), false);
});

test("every workload of the budget exists", () => {
  for (const name of Object.keys(readBudget().bytesPerMessage)) assert.equal(selectWorkloads(name)[0]?.name, name);
});
