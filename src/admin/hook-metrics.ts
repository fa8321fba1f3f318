import { hookPointNames } from "../hooks/mod.ts";
import { counter, gauge, type ReadMetric } from "./metric.ts";

const errors: ReadMetric = {
  type: "counter",
  name: "akasa_hook_errors_total",
  unit: "errors",
  help: "Hooks that threw, were rejected or answered something else than a verdict.",
  labels: { point: hookPointNames },
  read: ({ hooks }) => hookPointNames.map((point) => ({ labels: { point }, value: hooks.errors[point] })),
};

/** What the broker tells about its hooks. */
export const hookMetrics: readonly ReadMetric[] = [
  errors,
  counter(
    "akasa_hook_timeouts_total",
    "packets",
    "Packets whose hooks did not answer in time.",
    (r) => r.hooks.timeouts,
  ),
  counter(
    "akasa_hook_packets_refused_total",
    "packets",
    "Packets refused because too many waited for hooks.",
    (r) => r.hooks.refused,
  ),
  counter(
    "akasa_hook_actions_refused_total",
    "actions",
    "Actions of hooks and of the embedding program refused because too many waited.",
    (r) => r.hooks.actionsRefused,
  ),
  counter("akasa_hook_reloads_total", "reloads", "Reloads that replaced the hooks.", (r) => r.hooks.reloads),
  gauge("akasa_hook_packets_waiting", "packets", "Packets that wait for hooks.", (r) => r.hooks.parked),
];
