/** /health and /metrics over HTTP. Stands beside the broker and looks in; nothing in the broker knows of it. */
export { type Admin, type AdminOptions, startAdmin } from "./admin.ts";
export type { Health } from "./health.ts";
export { metricsReference } from "./metrics-reference.ts";
