import type { Measurement } from "./generator.ts";

/** What the runs of one workload on one peer came to. */
export interface Outcome {
  readonly peer: string;
  readonly median: Measurement | undefined;
  readonly failure: string | undefined;
}

const boundShare = 0.95;
const disturbingCores = 0.1;
const keptUpShare = 0.97;

const columns = [
  ["CPU us", "cpu_us"],
  ["ratio", "ratio"],
  ["per s", "rate"],
  ["p50 us", "latency_p50_us"],
  ["p99 us", "latency_p99_us"],
  ["p99.9 us", "latency_p99_9_us"],
  ["max us", "latency_max_us"],
  ["RSS MB", "rss_mb"],
  ["gen us", "generator_us"],
] as const;

/** Three significant digits, without an exponent. */
export function shortNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "-";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

const extras = [
  ["bytes_per_connection", "B per connection"],
  ["bytes_per_subscription", "B per subscription"],
  ["p99_ratio", "x p99 without the frozen one"],
  ["ping_max_us", "us longest ping"],
  ["quiet_p99_us", "us p99 before"],
  ["publishing_max_us", "us longest while publishing"],
  ["closing_max_us", "us longest while closing"],
  ["store_us_per_message", "us to store"],
  ["replay_us_per_message", "us to replay"],
] as const;

function remarks(median: Measurement): string {
  const found: string[] = [];
  for (const [name, text] of extras) {
    const value = median[name];
    if (value !== undefined) found.push(`${shortNumber(value)} ${text}`);
  }
  for (const fault of ["lost", "gaps", "duplicates"]) {
    const count = median[fault] ?? 0;
    if (count > 0) found.push(`${count} ${fault.toUpperCase()}`);
  }
  const generatorBound = (median["generator_busy"] ?? 0) > boundShare && (median["broker_busy"] ?? 0) < boundShare;
  if (generatorBound) found.push("generator-bound: the rate is not the broker's");
  const offered = median["offered"] ?? 0;
  if ((median["rate"] ?? 0) < offered * keptUpShare) found.push("does not keep up with the offered rate");
  const others = median["others_cores"] ?? 0;
  if (others > disturbingCores) found.push(`other processes used ${shortNumber(others)} cores`);
  return found.join("; ");
}

/** One workload's table, a line for each peer. */
export function formatOutcomes(
  outcomes: readonly Outcome[],
  ratioOf: (outcome: Outcome) => number | undefined,
): string {
  const lines = [`  ${"peer".padEnd(10)}${columns.map(([title]) => title.padStart(10)).join("")}  remarks`];
  for (const outcome of outcomes) {
    const { median } = outcome;
    if (median === undefined) {
      lines.push(`  ${outcome.peer.padEnd(10)}FAILED: ${outcome.failure ?? "no run"}`);
      continue;
    }
    const shown: Measurement = {
      ...median,
      rss_mb: (median["rss_bytes"] ?? 0) / 2 ** 20,
      ratio: ratioOf(outcome) ?? Number.NaN,
    };
    const cells = columns.map(([, name]) => shortNumber(shown[name]).padStart(10)).join("");
    lines.push(`  ${outcome.peer.padEnd(10)}${cells}  ${remarks(median)}`.trimEnd());
  }
  return lines.join("\n");
}
