import type { MessagePort } from "node:worker_threads";
import type { LogFields, WorldErrorCode } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import type { Statistics } from "../session/mod.ts";
import type { BrokerGauges, BrokerListener } from "./broker.ts";
import type { QueuedTotals } from "./queued-totals.ts";

/** What a shard's thread is started with. */
export interface ThreadData {
  readonly config: Config;
  readonly shard: number;
  /** False where nobody reads debug lines. */
  readonly debugEnabled: boolean;
}

/** Numbers of one shard, or of all. */
export interface ShardReading {
  readonly statistics: Statistics;
  readonly gauges: BrokerGauges;
  readonly queued: QueuedTotals;
}

/** What the supervising thread says to a shard's. */
export type ToThread =
  | { readonly kind: "join"; readonly shard: number; readonly port: MessagePort }
  | { readonly kind: "leave"; readonly shard: number }
  | { readonly kind: "start" }
  | { readonly kind: "read"; readonly id: number }
  | { readonly kind: "reload" }
  | { readonly kind: "stop" };

/** What a shard's thread says to the supervising one. */
export type FromThread =
  | { readonly kind: "started"; readonly listeners: readonly BrokerListener[] }
  | { readonly kind: "failed"; readonly code: WorldErrorCode | null; readonly message: string }
  | { readonly kind: "reading"; readonly id: number; readonly reading: ShardReading }
  | {
      readonly kind: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields: LogFields;
    }
  | { readonly kind: "stopped" };
