import type { BrokerReading } from "../../src/broker/mod.ts";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dropReasonNames, Limit } from "../../src/session/mod.ts";
import { heldBytes, packets, RawClient, run } from "../kit/mod.ts";
import { type RunningBroker, startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

const megabyte = 1024 * 1024;
const flooder = fileURLToPath(new URL("silent-connections.ts", import.meta.url));

/** Descriptors that this process may open. */
function descriptors(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? 1024);
  } catch {
    return 1024;
  }
}

/** A client that was there before and one that comes now are served: a message goes from one to the other. */
async function othersAreServed(broker: RunningBroker, before: RawClient): Promise<void> {
  using now = await RawClient.connected(broker, 5);
  await before.subscribe("others/are/served", { qos: 1 });
  await now.publishAcked("others/are/served", "yes");
  assert.equal((await before.receive({ within: 10_000 })).payload.toString(), "yes");
}

type Statistics = BrokerReading["statistics"];

async function until({ broker }: RunningBroker, done: (statistics: Statistics) => boolean): Promise<Statistics> {
  for (;;) {
    const { statistics } = await broker.read();
    if (done(statistics)) return statistics;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

scenario(
  "fifteen thousand silent or half-open connections cost little, keep nobody out, and are closed in time",
  async () => {
    const count = Math.min(15_000, descriptors() - 1000);
    await using broker = await startRunningBroker({ connect_timeout_seconds: 20 });
    const client = await RawClient.connected(broker, 5);
    const before = heldBytes();
    await using flood = run(process.execPath, [flooder, `${broker.port}`, `${count}`], { within: 170_000 });
    await flood.line(/^open \d+/);
    await until(broker, ({ connectionsAccepted }) => connectionsAccepted > count);
    await othersAreServed(broker, client);
    const open = (await broker.broker.read()).statistics.connections - 1;
    // On a slow machine the first of them have had their time already.
    const each = (heldBytes() - before) / Math.max(1, open);
    assert.ok(open < count / 10 || each < 12 * 1024, `${Math.round(each)} bytes for each of ${open} connections`);
    await flood.line(/^closed \d+/);
    const statistics = await until(broker, ({ connections }) => connections === 1);
    assert.equal(statistics.limitsReached[Limit.connectTime], count);
    assert.ok(heldBytes() - before < 24 * megabyte);
    await othersAreServed(broker, client);
    flood.feed("");
    await flood.finished;
  },
  { within: 180_000 },
);

scenario(
  "a million distinct topics from one client fill no memory, and the others go on",
  async () => {
    await using broker = await startRunningBroker();
    const other = await RawClient.connected(broker, 5);
    const client = await RawClient.connected(broker, 5);
    const send = async (from: number, to: number): Promise<void> => {
      for (let start = from; start < to; start += 5000) {
        const block: Buffer[] = [];
        for (let number = start; number < start + 5000; number++) {
          block.push(packets.publish({ version: 5, topic: `t/${number}/${number % 97}/x`, payload: "" }));
        }
        client.send(...block);
        await client.ping();
      }
    };
    // What the topic table may hold it holds after the first hundred thousand.
    await send(0, 200_000);
    const before = heldBytes();
    await send(200_000, 1_000_000);
    assert.equal((await broker.broker.read()).statistics.messagesPublished, 1_000_000);
    assert.ok(heldBytes() - before < 16 * megabyte, `${heldBytes() - before} bytes more`);
    assert.ok((await broker.broker.read()).gauges.topicCacheEntries <= 65_536);
    await othersAreServed(broker, other);
  },
  { within: 180_000 },
);

scenario("retained messages without end are refused with 0x97 where the limit is, and memory with them", async () => {
  const max_retained_bytes = 8 * megabyte;
  await using broker = await startRunningBroker({ max_retained_bytes });
  const client = await RawClient.connected(broker, 5);
  const before = heldBytes();
  const payload = "x".repeat(4000);
  let refused = 0;
  for (let round = 0; round < 10; round++) {
    const sent = Array.from({ length: 500 }, (_, number) =>
      client.publish(`r/${round}/${number}`, payload, { qos: 1, retain: true }),
    );
    for (const packetId of sent) {
      const { reasonCode } = await client.take("puback", { packetId, within: 30_000 });
      if (reasonCode === 0x97) refused++;
    }
  }
  const reason = dropReasonNames.indexOf("retained_limit");
  assert.ok(refused > 2500, `${refused} refused`);
  assert.equal((await broker.broker.read()).statistics.messagesDropped[reason], refused);
  assert.ok((await broker.broker.read()).gauges.retainedBytes <= max_retained_bytes);
  assert.ok(heldBytes() - before < 2 * max_retained_bytes);
  await othersAreServed(broker, client);
});

const deep = "a/".repeat(30_000);

for (const filter of [
  "$share",
  "$share/",
  "$share//a",
  "$share/g",
  "$share/g/",
  "$share/+/a",
  "$share/#/a",
  "$share/g/a/#/b",
  `$share/g/${deep}`,
  `$share/${"g".repeat(60_000)}/#/x`,
  deep,
  `${"+/".repeat(200)}#`,
]) {
  const shown = filter.length > 30 ? `${filter.slice(0, 20)}… of ${filter.length} bytes` : filter;
  scenario(`the filter ${shown} is refused or taken, costs nothing and keeps the connection`, async () => {
    await using broker = await startRunningBroker();
    const client = await RawClient.connected(broker, 5);
    const { reasonCodes } = await client.subscribe(filter);
    // "$share" alone is an ordinary filter; all others have no share name, no filter, or too many levels.
    assert.deepEqual(reasonCodes, filter === "$share" ? [0] : [0x8f]);
    assert.equal((await broker.broker.read()).gauges.subscriptions, filter === "$share" ? 1 : 0);
    await othersAreServed(broker, client);
  });
}

scenario("topics as deep and as long as the standard allows end their connection, not the broker", async () => {
  await using broker = await startRunningBroker();
  const other = await RawClient.connected(broker, 5);
  for (const topic of [deep, "/".repeat(65_535), `${"x/".repeat(128)}x`]) {
    const client = await RawClient.connected(broker, 5);
    client.publish(topic, "x");
    await client.expectDisconnect(0x90);
  }
  await othersAreServed(broker, other);
});

scenario("where a configuration allows 65,535 levels, topics and filters that have them are served", async () => {
  await using broker = await startRunningBroker({ max_topic_levels: 65_535 });
  const subscriber = await RawClient.connected(broker, 5);
  for (const filter of ["+/".repeat(32_767), `${"/".repeat(65_000)}+`, "#"]) {
    assert.deepEqual((await subscriber.subscribe(filter)).reasonCodes, [0]);
  }
  const publisher = await RawClient.connected(broker, 5);
  for (const topic of ["a/".repeat(32_767), `${"/".repeat(65_000)}x`, "/".repeat(65_534)]) {
    await publisher.publishAcked(topic, "x", { qos: 1, retain: true });
    assert.equal((await subscriber.receive()).topic, topic);
  }
  const late = await RawClient.connected(broker, 5);
  await late.subscribe("+/".repeat(32_767));
  assert.equal((await late.receive()).topic, "a/".repeat(32_767));
});

scenario("one address has so many connections; when one goes there is room for another", async () => {
  await using broker = await startRunningBroker({ max_connections_per_address: 3 });
  const clients: RawClient[] = [];
  for (let number = 0; number < 3; number++) clients.push(await RawClient.connected(broker, 5));
  const fourth = await RawClient.open(broker, 5);
  assert.deepEqual(await fourth.expectClosed(), []);
  const { statistics } = await broker.broker.read();
  assert.equal(statistics.limitsReached[Limit.addressConnections], 1);
  await clients[0]?.disconnect();
  await until(broker, ({ connections }) => connections === 2);
  await RawClient.connected(broker, 5);
});
