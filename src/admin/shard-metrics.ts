import type { ShardReading } from "../broker/mod.ts";
import { counter, gauge, type ReadMetric, type Sample } from "./metric.ts";

function byShard(value: (shard: ShardReading) => number): ReadMetric["read"] {
  return ({ shards }) => shards.map((shard): Sample => ({ labels: { shard: `${shard.shard}` }, value: value(shard) }));
}

const label = { shard: [] };

/** The shards, together and each by itself. */
export const shardMetrics: readonly ReadMetric[] = [
  gauge("akasa_shards", "shards", "Event loops that share the work and run now (shards).", (r) => r.shards.length),
  counter("akasa_shard_crashes_total", "shards", "Shards that ended unasked and were replaced.", (r) => r.shardCrashes),
  counter(
    "akasa_shard_news_dropped_total",
    "messages and events",
    "Messages and events that the program of the broker was not told of, because it took too little of those before.",
    (r) => r.newsDropped,
  ),
  {
    type: "gauge",
    name: "akasa_shard_connections",
    unit: "connections",
    help: "Open connections of each shard.",
    labels: label,
    read: byShard(({ connections }) => connections),
  },
  {
    type: "gauge",
    name: "akasa_shard_sessions",
    unit: "sessions",
    help: "Sessions of each shard.",
    labels: label,
    read: byShard(({ sessions }) => sessions),
  },
  {
    type: "gauge",
    name: "akasa_shard_heap_bytes",
    unit: "bytes",
    help: "JavaScript heap in use by each shard; nodejs_heap_* are those of the thread that answers.",
    labels: label,
    read: byShard(({ heapBytes }) => heapBytes),
  },
  {
    type: "counter",
    name: "akasa_shard_messages_delivered_total",
    unit: "messages",
    help: "Copies of messages that each shard handed to connections of subscribers.",
    labels: label,
    read: byShard(({ messagesDelivered }) => messagesDelivered),
  },
  {
    type: "counter",
    name: "akasa_shard_active_seconds_total",
    unit: "seconds",
    help: "Time in which each shard worked; its rate is 1 where a shard is at its limit.",
    labels: label,
    read: byShard(({ loop }) => loop.active / 1000),
  },
  {
    type: "gauge",
    name: "akasa_shard_loop_delay_max_seconds",
    unit: "seconds",
    help: "How late each shard ran a timer at most within the last minute; looked at every 100 ms.",
    labels: label,
    read: byShard(({ loopDelayMax }) => loopDelayMax / 1000),
  },
];
