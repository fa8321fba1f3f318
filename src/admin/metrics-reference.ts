import type { Metric } from "./metric.ts";
import { metricChapters } from "./metrics.ts";

/** The reference of all metrics, in Markdown. */
export function metricsReference(): string {
  const lines = [
    "# Metrics",
    "",
    "Generated from the table that registers the metrics by `npm run docs`; do not edit.",
    "",
    "`GET /metrics` of the `http` listener answers these in Prometheus' text format, unless `listeners.http.prometheus` is",
    "false. Counters begin at 0 when the broker starts. They are read when somebody scrapes and cost the messages",
    "nothing. What to watch and when to be woken: [monitoring](../guide/monitoring.md).",
    "",
    '`GET /health` answers 200 and `"status":"ok"` while the broker serves clients; once it was told to stop, 503,',
    "`stopping` or `stopped`, and a `reason`. Both with `version`, `node_id` and `uptime_seconds`. No other path exists.",
  ];
  for (const { title, metrics } of metricChapters) {
    lines.push("", `## ${title}`, "", "| Metric | Type | Unit | Labels | Meaning |", "|---|---|---|---|---|");
    lines.push(...metrics.map(row));
  }
  return `${lines.join("\n")}\n`;
}

function row({ name, type, unit, labels, help }: Metric): string {
  const described = Object.entries(labels).map(([label, values]) => {
    return values.length === 0 ? `\`${label}\`` : `\`${label}\`: ${values.join(", ")}`;
  });
  return `| \`${name}\` | ${type} | ${unit} | ${described.join("; ")} | ${help} |`;
}
