import type { Workload } from "../workload.ts";

function idle(kind: "clean" | "persistent", subscribe: 0 | 1): Workload {
  return {
    name: `idle-${kind}-${subscribe ? "subscribed" : "bare"}`,
    title: `10,000 idle connections, ${kind} session, ${subscribe ? "one subscription" : "no subscription"}`,
    generator: "idle",
    options: { count: 10_000, clean: kind === "clean" ? 1 : 0, subscribe, milliseconds: 3000 },
    protocol: 4,
    unit: "connection",
    byDefault: kind === "clean",
  };
}

/** What connections that do nothing keep in memory. */
export const memoryWorkloads: readonly Workload[] = [
  idle("clean", 1),
  idle("clean", 0),
  idle("persistent", 1),
  idle("persistent", 0),
];
