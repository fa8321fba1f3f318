import { metricsReference } from "../src/admin/mod.ts";

/** The generated file about the metrics: path from the root of the repository to content. */
export function metricsDocs(): Map<string, string> {
  return new Map([["docs/reference/metrics.md", metricsReference()]]);
}
