import { availableParallelism } from "node:os";
import { systemClock, WorldError } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import type { BrokerServices } from "./broker.ts";

/** How many shards a broker has, and where that differs from what the machine could do, why. */
export interface ShardCount {
  readonly count: number;
  readonly reason: string | null;
}

/**
 * Shards that the configuration asks for.
 * @throws WorldError `config_invalid`: several were asked for by number, and something else rules them out
 */
export function shardCountOf(config: Config, services: BrokerServices): ShardCount {
  const { shards } = config;
  const wanted = shards === "auto" ? availableParallelism() : shards;
  const obstacle = wanted === 1 ? null : obstacleTo(services);
  if (obstacle === null) return { count: wanted, reason: null };
  if (shards === "auto") return { count: 1, reason: obstacle };
  throw new WorldError("config_invalid", `shards: expected 1, got ${shards}: ${obstacle}`);
}

/** What keeps a broker from having several shards; null: nothing. */
function obstacleTo({ hooks, clock, random }: BrokerServices): string | null {
  if (hooks !== undefined && [hooks].flat().length > 0) {
    return "hooks that a program gives as objects cannot go to other threads; name their module under `hooks` instead";
  }
  if (clock !== undefined && clock !== systemClock) return "a clock of the program cannot go to other threads";
  if (random !== undefined) return "random numbers of the program cannot go to other threads";
  return null;
}
