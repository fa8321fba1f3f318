import { shortNumber } from "./report.ts";
import type { Result } from "./results.ts";

function cells(result: Result): string[] {
  const { median } = result;
  const memory = median["bytes_per_connection"] ?? median["bytes_per_subscription"];
  return [
    result.workload,
    `${result.peer} ${result.version}`,
    shortNumber(median["cpu_us"]),
    result.ratio === null ? "-" : result.ratio.toFixed(2),
    shortNumber(median["rate"]),
    shortNumber(median["latency_p50_us"]),
    shortNumber(median["latency_p99_us"]),
    shortNumber(median["latency_p99_9_us"]),
    shortNumber(median["latency_max_us"]),
    shortNumber((median["rss_bytes"] ?? Number.NaN) / 2 ** 20),
    shortNumber(memory),
    shortNumber(median["generator_us"]),
  ];
}

const titles = [
  "workload",
  "broker",
  "CPU us",
  "ratio",
  "per s",
  "p50 us",
  "p99 us",
  "p99.9 us",
  "max us",
  "RSS MB",
  "B each",
  "generator us",
];

function row(words: readonly string[]): string {
  return `| ${words.join(" | ")} |`;
}

/** The newest results as Markdown. */
export function writeTable(results: readonly Result[]): string {
  const newest = results.toSorted((a, b) => a.date.localeCompare(b.date)).at(-1);
  const where =
    newest === undefined
      ? "Nothing measured yet."
      : `${newest.cpu}, Linux ${newest.kernel}, Node ${newest.node}, one core.`;
  const lines = [
    `Written by \`node bench/plot.ts\` from results.ndjson. ${where}`,
    "CPU and generator time per message, connection or subscription; ratio of CPU to mosquitto's in the same run.",
    "",
    row(titles),
    row(titles.map((_, index) => (index < 2 ? "---" : "---:"))),
    ...results.map((result) => row(cells(result))),
  ];
  return `${lines.join("\n")}\n`;
}
