import { AuthenticationCounters } from "../auth/mod.ts";
import { HookStatistics } from "../hooks/mod.ts";
import { Statistics } from "../session/mod.ts";
import type { BrokerGauges, BrokerReading } from "./broker-reading.ts";
import type { DoorReading } from "./door-reading.ts";
import { noneQueued } from "./queued-totals.ts";

/** Numbers of which every shard has the same, or that are the most of anything: not added up. */
const largestCounts = new Set<string>([
  "retainedMessages",
  "retainedBytes",
  "storeBytes",
  "reloads",
  "messagesMax",
  "bytesMax",
]);

/** The numbers of a broker whose shards have these. */
export function sumReadings(readings: readonly BrokerReading[]): BrokerReading {
  return readings.reduce(plus, noReading());
}

/** The numbers of a broker before anything has happened. */
export function noReading(): BrokerReading {
  const { elsewhere: _, ...statistics } = structuredClone(new Statistics());
  return {
    statistics,
    gauges: noGauges,
    authentication: new AuthenticationCounters(),
    journal: { commits: 0, committedBytes: 0, failures: 0, storeBytes: 0 },
    hooks: new HookStatistics(),
    queued: noneQueued,
    shards: [],
    newsDropped: 0,
    shardCrashes: 0,
  };
}

const noGauges: BrokerGauges = {
  sessions: 0,
  subscriptions: 0,
  sharedSubscriptions: 0,
  retainedMessages: 0,
  retainedBytes: 0,
  topicCacheEntries: 0,
  storeBytes: 0,
  storeRefuses: false,
  doors: [],
};

function plus(left: BrokerReading, right: BrokerReading): BrokerReading {
  return {
    statistics: sum(left.statistics, right.statistics),
    gauges: sumOfGauges(left.gauges, right.gauges),
    authentication: sum(left.authentication, right.authentication),
    journal: sum(left.journal, right.journal),
    hooks: sum(left.hooks, right.hooks),
    queued: sum(left.queued, right.queued),
    shards: [...left.shards, ...right.shards],
    newsDropped: left.newsDropped + right.newsDropped,
    shardCrashes: left.shardCrashes + right.shardCrashes,
  };
}

function sumOfGauges(left: BrokerGauges, right: BrokerGauges): BrokerGauges {
  const { doors, storeRefuses, ...numbers } = left;
  const { doors: more, storeRefuses: otherRefuses, ...others } = right;
  const names = new Set([...doors, ...more].map(({ name }) => name));
  return {
    ...sum(numbers, others),
    storeRefuses: storeRefuses || otherRefuses,
    doors: Array.from(names, (name) => {
      const [first, second] = [doors, more].map((list) => list.find((door) => door.name === name));
      return first === undefined || second === undefined
        ? ((first ?? second) as DoorReading)
        : bothDoors(first, second);
    }),
  };
}

function bothDoors(left: DoorReading, right: DoorReading): DoorReading {
  return {
    name: left.name,
    pendingHandshakes: left.pendingHandshakes + right.pendingHandshakes,
    failedHandshakes: sum(left.failedHandshakes, right.failedHandshakes),
    // Each shard reads the same files.
    certificates: left.certificates,
  };
}

/** Adds up whatever is a number, also in arrays of numbers and in what is nested. */
function sum<Numbers extends object>(left: Numbers, right: Numbers): Numbers {
  const others = right as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(left).map(([name, value]) => [name, sumOf(name, value, others[name])]),
  ) as Numbers;
}

function sumOf(name: string, left: unknown, right: unknown): unknown {
  if (typeof left === "number" && typeof right === "number") {
    return largestCounts.has(name) ? Math.max(left, right) : left + right;
  }
  if (left instanceof Float64Array && right instanceof Float64Array) {
    return left.map((value, index) => value + (right[index] ?? 0));
  }
  return sum(left as object, right as object);
}

/** The counters of a shard that is gone: what goes up and down is gone with it. */
export function countersOf(reading: BrokerReading): BrokerReading {
  const { statistics, authentication, hooks, gauges } = reading;
  const failed = gauges.doors.map((door) => ({ ...door, pendingHandshakes: 0 }));
  return {
    ...reading,
    statistics: {
      ...statistics,
      connections: 0,
      clients: 0,
      queuedBytes: 0,
      strangerBytes: 0,
      delayedMessages: 0,
      delayedBytes: 0,
    },
    authentication: { ...authentication, waiting: 0 },
    hooks: { ...hooks, parked: 0 },
    gauges: { ...noGauges, doors: failed },
    queued: noneQueued,
    shards: [],
    shardCrashes: 0,
  };
}
