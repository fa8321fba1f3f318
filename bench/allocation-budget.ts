import { readFileSync, writeFileSync } from "node:fs";

/** How many bytes V8 may allocate per delivered message, by workload. */
export interface AllocationBudget {
  readonly tolerancePercent: number;
  readonly bytesPerMessage: Readonly<Record<string, number>>;
}

const file = new URL("allocations.json", import.meta.url);

// What one wake-up allocates is spread over the messages it brought, which no two runs do alike. Less than the smallest
// object V8 makes (24 bytes), so an object for every message still fails.
const slackBytes = 10;

export function readBudget(): AllocationBudget {
  // The file is written by writeBudget and reviewed by people.
  return JSON.parse(readFileSync(file, "utf8")) as AllocationBudget;
}

export function writeBudget(budget: AllocationBudget): void {
  writeFileSync(file, `${JSON.stringify(budget, null, 2)}\n`);
}

export function withinBudget(measured: number, budgeted: number, tolerancePercent: number): boolean {
  return measured <= budgeted * (1 + tolerancePercent / 100) + slackBytes;
}
