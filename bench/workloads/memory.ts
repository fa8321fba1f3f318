import type { Workload } from "../workload.ts";

function idle(kind: "clean" | "persistent", subscribe: 0 | 1, count: 10_000 | 17_000 = 10_000): Workload {
  // Another 2,000 are there before.
  const [many, title] = count === 10_000 ? ["", "10,000"] : ["-19000", "17,000 more"];
  return {
    name: `idle${many}-${kind}-${subscribe ? "subscribed" : "bare"}`,
    title: `${title} idle connections, ${kind} session, ${subscribe ? "one subscription" : "no subscription"}`,
    generator: "idle",
    options: { count, clean: kind === "clean" ? 1 : 0, subscribe, milliseconds: 3000 },
    protocol: 4,
    unit: "connection",
    byDefault: kind === "clean" && count === 10_000,
  };
}

/** What connections that do nothing keep in memory. */
export const memoryWorkloads: readonly Workload[] = [
  idle("clean", 1),
  idle("clean", 0),
  idle("persistent", 1),
  idle("persistent", 0),
  idle("clean", 1, 17_000),
  idle("clean", 0, 17_000),
];
