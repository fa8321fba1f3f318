import assert from "node:assert/strict";
import { test } from "node:test";
import mqtt, { type MqttClient } from "mqtt";
import { silentLogger, systemClock } from "../base/mod.ts";
import { createConfig } from "../config/mod.ts";
import { ShardThreads } from "./shard-threads.ts";
import { sharedPorts } from "./thread-listeners.ts";

const config = createConfig({ listeners: { mqtt: { addr: "127.0.0.1:0" } }, durability: "memory" });

const surroundings = {
  logger: silentLogger,
  clock: systemClock,
  listeners: sharedPorts,
  onNews: () => {},
  onStarted: () => {},
};

function start(count: number): Promise<ShardThreads> {
  return ShardThreads.start({ ...surroundings, config, count });
}

async function client(threads: ShardThreads, clientId: string): Promise<MqttClient> {
  const port = threads.listeners[0]?.port ?? 0;
  return mqtt.connectAsync({ host: "127.0.0.1", port, clientId, protocolVersion: 5, reconnectPeriod: 0 });
}

/** The next message that the client gets, in words. */
function nextMessage(of: MqttClient): Promise<string> {
  return new Promise((resolve) => of.once("message", (topic, payload) => resolve(`${topic} ${payload.toString()}`)));
}

test("clients on one port are spread over threads, and all get what one of them publishes", async () => {
  const threads = await start(2);
  const clients = await Promise.all(Array.from({ length: 16 }, (_, index) => client(threads, `c${index}`)));
  await Promise.all(clients.map((each) => each.subscribeAsync("t", { qos: 1 })));
  const all = Promise.all(clients.map(nextMessage));
  await clients[0]?.publishAsync("t", "x", { qos: 1 });
  for (const message of await all) assert.equal(message, "t x");
  const { statistics, gauges } = await threads.read();
  assert.equal(statistics.clients, 16);
  assert.equal(statistics.messagesPublished, 1);
  assert.equal(statistics.messagesDelivered, 16);
  assert.equal(gauges.subscriptions, 16);
  await Promise.all(clients.map((each) => each.endAsync()));
  await threads.stop();
});

test("a shard that crashes is replaced, its clients come back, and those of others go on", async () => {
  const threads = await start(2);
  const [first] = threads.shards as [number, number];
  const clients = await Promise.all(Array.from({ length: 16 }, (_, index) => client(threads, `c${index}`)));
  const lost = new Set<MqttClient>();
  for (const each of clients) each.on("close", () => lost.add(each)).on("error", () => {});
  await Promise.all(clients.map((each) => each.subscribeAsync("t", { qos: 1 })));
  const { statistics } = await threads.read();
  assert.equal(statistics.clients, 16);
  const crashed = threads.changed();
  await threads.crash(first);
  await crashed;
  assert.equal(threads.crashes, 1);
  assert.equal(threads.shards.length, 2);
  const left = clients.filter((each) => !lost.has(each));
  assert.ok(left.length > 0 && left.length < 16, `${left.length} clients are left`);
  const back = await Promise.all([...lost].map((_, index) => client(threads, `back${index}`)));
  const all = Promise.all(left.map(nextMessage));
  await back[0]?.publishAsync("t", "after", { qos: 1 });
  for (const message of await all) assert.equal(message, "t after");
  await Promise.all([...left, ...back].map((each) => each.endAsync()));
  await threads.stop();
});

test("where an address cannot be listened on nothing runs, and it is told why", async () => {
  const elsewhere = createConfig({
    listeners: { mqtt: { addr: "192.0.2.1:1" } },
    auth: { enable: false },
    durability: "memory",
  });
  await assert.rejects(ShardThreads.start({ ...surroundings, config: elsewhere, count: 2 }), {
    code: "address_not_available",
  });
});

test("counters are read without a look at each session, which tells what waits", async () => {
  const threads = await start(2);
  const port = threads.listeners[0]?.port ?? 0;
  const lasting = { clientId: "away", clean: false, properties: { sessionExpiryInterval: 100 } } as const;
  const away = await mqtt.connectAsync({ host: "127.0.0.1", port, protocolVersion: 5, reconnectPeriod: 0, ...lasting });
  await away.subscribeAsync("t", { qos: 1 });
  await away.endAsync();
  const publisher = await client(threads, "publisher");
  await publisher.publishAsync("t", "x", { qos: 1 });
  const [whole, counters] = [await threads.read(), await threads.readCounters()];
  assert.deepEqual([whole.queued.messages, counters.queued.messages], [1, 0]);
  assert.deepEqual(counters.statistics, whole.statistics);
  assert.deepEqual(counters.gauges, whole.gauges);
  await publisher.endAsync();
  await threads.stop();
});
