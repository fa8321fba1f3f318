import { setImmediate as turn } from "node:timers/promises";
import { type MessagePort, parentPort } from "node:worker_threads";
import { ManualClock } from "../../base/mod.ts";
import { runShardThread } from "../run-shard-thread.ts";
import type { PooledRun } from "./thread-pool.ts";

// What the threads of test brokers run: one shard after the other.

/** Turns of the loop in which what became due, or has come from other shards, is on its way. */
const turnsToSettle = 6;

parentPort?.on("message", ({ data, port, manualClock }: PooledRun) => {
  const clock = manualClock ? new ManualClock() : null;
  if (clock !== null) port.on("message", (message: Order) => void obey(message, clock, port));
  void runShardThread(clock === null ? {} : { clock }, { data, port });
});

/** What tests say to a shard whose clock stands still. */
interface Order {
  readonly kind: string;
  readonly milliseconds?: number;
}

async function obey({ kind, milliseconds = 0 }: Order, clock: ManualClock, port: MessagePort): Promise<void> {
  if (kind !== "advance") return;
  clock.advance(milliseconds);
  for (let turns = 0; turns < turnsToSettle; turns++) await turn();
  port.postMessage({ kind: "advanced" });
}
