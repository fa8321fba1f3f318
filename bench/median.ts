import type { Measurement } from "./generator.ts";

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

// A fault in one run of three must not vanish in a median.
const worstCounts: ReadonlySet<string> = new Set(["lost", "gaps", "duplicates"]);

/** Field by field the median of several runs; of faults the largest. */
export function medianOf(runs: readonly Measurement[]): Measurement {
  const names = new Set(runs.flatMap((run) => Object.keys(run)));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = runs.flatMap((run) => run[name] ?? []);
      return [name, worstCounts.has(name) ? Math.max(...values) : median(values)];
    }),
  );
}
