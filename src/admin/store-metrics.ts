import { counter, gauge, type ReadMetric } from "./metric.ts";

/** What the durable store tells; all zero where everything is in memory. */
export const storeMetrics: readonly ReadMetric[] = [
  gauge("akasa_store_bytes", "bytes", "Size of the durable store on the disk.", (r) => r.gauges.storeBytes),
  gauge(
    "akasa_store_refuses",
    "boolean",
    "1 while the durable store fails or is full, so that what needs it is refused; else 0.",
    (r) => (r.gauges.storeRefuses ? 1 : 0),
  ),
  counter(
    "akasa_store_commits_total",
    "commits",
    "Groups of changes written to the durable store, each with one flush of the disk.",
    (r) => r.journal.commits,
  ),
  counter(
    "akasa_store_committed_bytes_total",
    "bytes",
    "Changes written to the durable store.",
    (r) => r.journal.committedBytes,
  ),
  counter(
    "akasa_store_failures_total",
    "attempts",
    "Attempts to write to the durable store that failed.",
    (r) => r.journal.failures,
  ),
];
