import assert from "node:assert/strict";
import { it } from "node:test";
import { ManualClock } from "../base/mod.ts";
import { PacketType } from "../protocol/mod.ts";
import { Statistics } from "../session/mod.ts";
import { SystemTopics } from "./system-topics.ts";

/** System topics of a broker that does nothing by itself; `published` empties what it answers. */
function systemTopics(): {
  readonly clock: ManualClock;
  readonly statistics: Statistics;
  readonly topics: SystemTopics;
  published(): Record<string, string>;
} {
  const clock = new ManualClock();
  const statistics = new Statistics();
  let messages: Record<string, string> = {};
  const gauges = { sessions: 3, subscriptions: 4, sharedSubscriptions: 1, retainedMessages: 2 };
  const topics = new SystemTopics({
    clock,
    interval: 10_000,
    version: "1.2.3",
    read: () => ({ statistics, ...gauges }),
    publish: (topic, payload) => void (messages[topic] = payload),
    memoryUsed: () => 1234,
  });
  const published = (): Record<string, string> => {
    const all = messages;
    messages = {};
    return all;
  };
  return { clock, statistics, topics, published };
}

it("is told at the start", () => {
  const { published } = systemTopics();
  const all = published();
  assert.deepEqual(
    [all["$SYS/broker/version"], all["$SYS/broker/uptime"], all["$SYS/broker/clients/disconnected"]],
    ["akasa version 1.2.3", "0 seconds", "3"],
  );
});

it("is told again in each interval, where it has changed", () => {
  const { clock, statistics, published } = systemTopics();
  clock.advance(20_000);
  published();
  statistics.clients = 2;
  clock.advance(10_000);
  assert.deepEqual(published(), {
    "$SYS/broker/uptime": "30 seconds",
    "$SYS/broker/clients/connected": "2",
    "$SYS/broker/clients/active": "2",
    "$SYS/broker/clients/disconnected": "1",
    "$SYS/broker/clients/inactive": "1",
    "$SYS/broker/clients/maximum": "2",
  });
});

it("remembers how many clients there were at most", () => {
  const { clock, statistics, published } = systemTopics();
  statistics.clients = 3;
  clock.advance(10_000);
  statistics.clients = 1;
  clock.advance(10_000);
  assert.equal(published()["$SYS/broker/clients/maximum"], "3");
});

it("has averages per minute that come nearer to a steady rate, the short window first", () => {
  const { clock, statistics, published } = systemTopics();
  for (let seconds = 0; seconds < 300; seconds += 10) {
    statistics.packetsReceived[PacketType.publish] = (statistics.packetsReceived[PacketType.publish] as number) + 100;
    clock.advance(10_000);
  }
  const all = published();
  const [one, five, fifteen] = [1, 5, 15].map((window) =>
    Number(all[`$SYS/broker/load/publish/received/${window}min`]),
  );
  // 1 - exp(-5), 1 - exp(-1) and 1 - exp(-1/3) of 600 messages a minute.
  assert.deepEqual(
    [one, five, fifteen].map((average) => Math.round(average ?? 0)),
    [596, 379, 170],
  );
});

it("is told no more after the stop", () => {
  const { clock, topics, published } = systemTopics();
  published();
  topics.stop();
  clock.advance(60_000);
  assert.deepEqual(published(), {});
});
