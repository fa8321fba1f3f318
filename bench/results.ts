import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Measurement } from "./generator.ts";
import type { Machine } from "./machine.ts";

/** One line of results.ndjson: the medians of one workload on one peer. */
export interface Result extends Machine {
  readonly date: string;
  readonly workload: string;
  readonly peer: string;
  readonly version: string;
  readonly unit: string;
  readonly repeat: number;
  readonly seconds: number;
  /** CPU time per unit, as a part of the reference peer's in the same run. */
  readonly ratio: number | null;
  readonly median: Measurement;
}

const file = new URL("results.ndjson", import.meta.url);

export function appendResult(result: Result): void {
  appendFileSync(file, `${JSON.stringify(result)}\n`);
}

/** The newest result of every workload and peer. */
export function latestResults(): Result[] {
  const latest = new Map<string, Result>();
  if (!existsSync(file)) return [];
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line === "") continue;
    // The file is written by this module alone.
    const result = JSON.parse(line) as Result;
    latest.set(`${result.workload} ${result.peer}`, result);
  }
  return [...latest.values()];
}
