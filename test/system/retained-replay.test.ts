import assert from "node:assert/strict";
import { heldBytes, packets, pingWork, prop, RawClient } from "../kit/mod.ts";
import { type RunningBroker, startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

const topicCount = 100_000;
const minute = { within: 60_000 };

/** Retains a small message on each of a hundred thousand topics. */
async function retainMany(broker: RunningBroker): Promise<RawClient> {
  const publisher = await RawClient.connected(broker, 4);
  for (let number = 0; number < topicCount;) {
    const batch: Buffer[] = [];
    for (const end = number + 1000; number < end; number += 1) {
      batch.push(
        packets.publish({
          version: 4,
          topic: `site/${number % 100}/device/${number}`,
          payload: `${number}`,
          retain: true,
        }),
      );
    }
    publisher.send(...batch);
    await publisher.ping();
  }
  assert.equal((await broker.broker.read()).gauges.retainedMessages, topicCount);
  return publisher;
}

/** Counts every retained message until all have come; fails on one that comes twice. */
async function receiveAll(subscriber: RawClient): Promise<void> {
  const seen = new Uint8Array(topicCount);
  let count = 0;
  while (count < topicCount) {
    const arrived = subscriber.drain();
    if (arrived.length === 0) await subscriber.arrival();
    for (const packet of arrived) {
      if (packet.type === "suback") continue;
      assert.ok(packet.type === "publish" && packet.retain);
      const number = Number(packet.payload.toString());
      assert.equal(packet.topic, `site/${number % 100}/device/${number}`);
      assert.equal(seen[number], 0, `message ${number} came twice`);
      seen[number] = 1;
      count += 1;
      if (packet.qos === 1) subscriber.send(packets.puback(packet.packetId));
    }
  }
  await subscriber.expectNothing();
}

/** Pings one after the other until `done`; returns how many were answered and the most milliseconds of work for one. */
async function pingUntil(client: RawClient, done: Promise<unknown>): Promise<{ count: number; worst: number }> {
  let over = false;
  const end = done.finally(() => {
    over = true;
  });
  let count = 0;
  let worst = 0;
  while (!over) {
    worst = Math.max(worst, await pingWork(client));
    count += 1;
  }
  await end;
  return { count, worst };
}

for (const qos of [0, 1]) {
  scenario(
    `a hundred thousand retained messages come to # exactly once at QoS ${qos}, and others are served meanwhile`,
    async () => {
      // Others of the same shard: those of another one notice nothing.
      await using broker = await startRunningBroker({ shards: 1 });
      const other = await retainMany(broker);
      const subscriber = await RawClient.connected(broker, 5, { properties: [[prop.receiveMaximum, 1000]] });
      await other.ping();
      subscriber.send(packets.subscribe({ version: 5, packetId: 1, filters: [{ filter: "#", qos }] }));
      const { count, worst } = await pingUntil(other, receiveAll(subscriber));
      // 256 messages a turn make almost four hundred turns; each of them lets others in.
      assert.ok(count >= 50, `only ${count} pings were answered during the replay`);
      assert.ok(worst < 250, `a ping waited for ${Math.round(worst)} ms of work`);
    },
    minute,
  );
}

scenario(
  "twenty clients that ask for a hundred thousand retained messages and do not read cost little and slow nobody",
  async () => {
    await using broker = await startRunningBroker();
    const other = await retainMany(broker);
    const before = heldBytes();
    const greedy: RawClient[] = [];
    for (let number = 0; number < 20; number += 1) {
      const client = await RawClient.connected(broker, 5);
      client.pauseReading();
      client.send(packets.subscribe({ version: 5, packetId: 1, filters: [{ filter: "#", qos: 1 }] }));
      greedy.push(client);
    }
    let worst = 0;
    for (let count = 0; count < 200; count += 1) {
      worst = Math.max(worst, await pingWork(other));
    }
    assert.ok(worst < 250, `a ping waited for ${Math.round(worst)} ms of work`);
    const grown = heldBytes() - before;
    // A megabyte each is allowed to wait; all of it would be a hundred.
    assert.ok(grown < 60 * 1024 * 1024, `the process holds ${Math.round(grown / 1024 / 1024)} MB more`);
  },
  minute,
);

scenario(
  "a client that goes away in the middle of a replay leaves nothing behind, and the next one gets everything",
  async () => {
    await using broker = await startRunningBroker();
    await retainMany(broker);
    const leaving = await RawClient.connected(broker, 5);
    leaving.send(packets.subscribe({ version: 5, packetId: 1, filters: [{ filter: "#" }] }));
    await leaving.arrival();
    leaving.reset();
    const staying = await RawClient.connected(broker, 4);
    staying.send(packets.subscribe({ version: 4, packetId: 1, filters: [{ filter: "#" }] }));
    await receiveAll(staying);
    assert.equal((await broker.broker.read()).gauges.subscriptions, 1);
  },
  minute,
);

scenario("a message published during a replay comes too, and replaces what was not sent yet", async () => {
  await using broker = await startRunningBroker({ retained_replay_batch: 10 });
  const publisher = await RawClient.connected(broker, 4);
  for (let number = 0; number < 2000; number += 1) publisher.publish(`t/${number}`, "old", { retain: true });
  await publisher.ping();
  const subscriber = await RawClient.connected(broker, 4);
  subscriber.send(packets.subscribe({ version: 4, packetId: 1, filters: [{ filter: "t/#", qos: 1 }] }));
  await subscriber.arrival();
  for (let number = 0; number < 2000; number += 1) publisher.publish(`t/${number}`, "new", { retain: true });
  await publisher.ping();
  await publisher.publishAcked("t/end", "end");
  const last = new Map<string, string>();
  for (;;) {
    const packet = await subscriber.next();
    if (packet.type === "suback") continue;
    assert.ok(packet.type === "publish");
    if (packet.qos === 1) subscriber.send(packets.puback(packet.packetId));
    if (packet.topic === "t/end") break;
    last.set(packet.topic, packet.payload.toString());
  }
  await subscriber.ping();
  for (const packet of subscriber.drain())
    if (packet.type === "publish") last.set(packet.topic, packet.payload.toString());
  assert.equal(last.size, 2000);
  assert.deepEqual([...new Set(last.values())], ["new"], "the last that a subscriber knows of a topic is its newest");
});
