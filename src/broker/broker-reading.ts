import type { AuthenticationCounters } from "../auth/mod.ts";
import type { HookStatistics } from "../hooks/mod.ts";
import type { Statistics } from "../session/mod.ts";
import type { JournalStatistics } from "../store/mod.ts";
import type { DoorReading } from "./door-reading.ts";
import type { QueuedTotals } from "./queued-totals.ts";

/** Numbers of a running broker that are not counters. */
export interface BrokerGauges {
  readonly sessions: number;
  readonly subscriptions: number;
  readonly sharedSubscriptions: number;
  readonly retainedMessages: number;
  readonly retainedBytes: number;
  readonly topicCacheEntries: number;
  /** The listeners, in the order of `Broker.listeners`. */
  readonly doors: readonly DoorReading[];
  /** Bytes of the durable store on the disk. */
  readonly storeBytes: number;
  /** True while the store fails or is full, so that what needs it is refused. */
  readonly storeRefuses: boolean;
}

/** What a running broker's authenticators count. */
export type BrokerAuthentication = Readonly<AuthenticationCounters>;

/** What a running broker's connections and sessions count. */
export type BrokerStatistics = Readonly<Omit<Statistics, "reached" | "elsewhere" | "strangerBytesOfAll">>;

/** Numbers of one event loop. */
export interface LoopReading {
  /** Milliseconds since it began in which it worked, and in which it waited. */
  readonly active: number;
  readonly idle: number;
}

/** Numbers of one shard by itself. */
export interface ShardReading {
  /** Its number; one that takes the place of another has a new one. */
  readonly shard: number;
  readonly connections: number;
  readonly sessions: number;
  readonly messagesPublished: number;
  readonly messagesDelivered: number;
  readonly heapBytes: number;
  readonly loop: LoopReading;
  /** Milliseconds that its timers were late at most, within the last minute. */
  readonly loopDelayMax: number;
}

/** All numbers of a running broker, taken at one time; its shards together where it has several. */
export interface BrokerReading {
  readonly statistics: BrokerStatistics;
  readonly gauges: BrokerGauges;
  readonly authentication: BrokerAuthentication;
  /** Counters of the durable store; all zero where nothing is kept beyond the process. */
  readonly journal: JournalStatistics;
  /** Errors, timeouts and the like of hooks. */
  readonly hooks: Readonly<Omit<HookStatistics, never>>;
  /** What waits in sessions. */
  readonly queued: QueuedTotals;
  /** The shards, each by itself; one where the broker runs on one event loop. */
  readonly shards: readonly ShardReading[];
  /** Messages and events that the program was not told of, because it took too little of those before. */
  readonly newsDropped: number;
  /** Shards that ended unasked and were replaced. */
  readonly shardCrashes: number;
}
