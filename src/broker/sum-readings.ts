import { Statistics } from "../session/mod.ts";
import type { ShardReading } from "./shard-thread-message.ts";

/** Numbers of which every shard has the same: not added up. */
const sameEverywhere = new Set<string>(["retainedMessages", "retainedBytes"]);

/** The numbers of a broker whose shards have these. */
export function sumReadings(readings: readonly ShardReading[]): ShardReading {
  const statistics = new Statistics();
  const gauges: Record<string, number> = {};
  let messages = 0;
  let bytes = 0;
  for (const reading of readings) {
    addTo(statistics as unknown as Record<string, number | Float64Array>, reading.statistics);
    for (const [name, value] of Object.entries(reading.gauges) as [string, number][]) {
      const before = gauges[name] ?? 0;
      gauges[name] = sameEverywhere.has(name) ? Math.max(before, value) : before + value;
    }
    messages += reading.queued.messages;
    bytes += reading.queued.bytes;
  }
  return { statistics, gauges: gauges as unknown as ShardReading["gauges"], queued: { messages, bytes } };
}

function addTo(sum: Record<string, number | Float64Array>, statistics: Statistics): void {
  for (const [name, value] of Object.entries(statistics) as [string, number | Float64Array][]) {
    const before = sum[name];
    if (before instanceof Float64Array && value instanceof Float64Array) {
      for (let index = 0; index < value.length; index++)
        before[index] = (before[index] as number) + (value[index] as number);
    } else if (typeof value === "number") {
      sum[name] = (typeof before === "number" ? before : 0) + value;
    }
  }
}
