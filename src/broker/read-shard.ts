import { performance } from "node:perf_hooks";
import type { AuthenticationCounters } from "../auth/mod.ts";
import type { Clock } from "../base/mod.ts";
import type { HookRunner } from "../hooks/mod.ts";
import type { Journal } from "../store/mod.ts";
import type { BrokerGauges, BrokerReading } from "./broker-reading.ts";
import { readDoor } from "./door-reading.ts";
import type { OpenDoor } from "./open-doors.ts";
import type { QueuedTotals } from "./queued-totals.ts";
import type { Shard } from "./shard.ts";

/** What {@link readShard} reads. */
export interface ShardSources {
  readonly shard: Shard;
  readonly journal: Journal;
  readonly hooks: HookRunner;
  readonly counters: AuthenticationCounters;
  readonly doors: readonly OpenDoor[];
  readonly clock: Clock;
}

/** The numbers of one shard, as copies: they stay what they were. */
export function readShard(sources: ShardSources, queued: QueuedTotals): BrokerReading {
  const { shard, journal, hooks, counters, clock } = sources;
  const { elsewhere: _, ...statistics } = structuredClone(shard.statistics);
  const gauges = gaugesOf(sources);
  const { connections, messagesPublished, messagesDelivered } = statistics;
  const { active, idle } = performance.eventLoopUtilization();
  const number = shard.mesh?.shard ?? 0;
  const { sessions } = gauges;
  const { heapUsed: heapBytes } = process.memoryUsage();
  return {
    statistics,
    gauges,
    authentication: structuredClone(counters),
    journal: { ...journal.statistics },
    hooks: structuredClone(hooks.statistics),
    queued,
    shards: [
      {
        shard: number,
        connections,
        sessions,
        messagesPublished,
        messagesDelivered,
        heapBytes,
        loop: { active, idle },
        loopDelayMax: shard.lateness.max(clock.now()),
      },
    ],
    newsDropped: 0,
    shardCrashes: 0,
  };
}

/** What is no counter. */
export function gaugesOf({ shard, journal, doors, clock }: ShardSources): BrokerGauges {
  return {
    sessions: shard.sessions.size,
    subscriptions: shard.router.subscriptionCount,
    sharedSubscriptions: shard.router.sharedSubscriptionCount,
    retainedMessages: shard.retained.count,
    retainedBytes: shard.retained.bytes,
    topicCacheEntries: shard.router.topics.size,
    storeBytes: journal.statistics.storeBytes,
    storeRefuses: journal.refuses,
    doors: doors.map((door) => readDoor(door, clock.wallTime())),
  };
}
