import type { HookPointName } from "./hook-point.ts";
import { hookPointNames } from "./hook-point.ts";

/** What is counted of hooks; all only grow but the gauge. */
export class HookStatistics {
  /** Hooks that threw, were rejected or answered nonsense, by point; `start`, `stop` and the like are not counted. */
  readonly errors: Record<HookPointName, number> = Object.fromEntries(
    hookPointNames.map((name) => [name, 0]),
  ) as Record<HookPointName, number>;
  /** Packets for which hooks did not answer in time. */
  timeouts = 0;
  /** Packets refused because too many waited for hooks. */
  refused = 0;
  /** Actions of hooks and of the program refused because too many waited. */
  actionsRefused = 0;
  /** Gauge: packets that wait for hooks. */
  parked = 0;
  /** Reloads that replaced the hooks. */
  reloads = 0;
}
