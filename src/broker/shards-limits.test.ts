import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConfigSettings } from "../config/mod.ts";
import { ReasonCode } from "../protocol/mod.ts";
import { DropReason, Limit } from "../session/mod.ts";
import type { MemoryClient } from "./fuzz/memory-client.ts";
import { MemoryCluster } from "./fuzz/memory-cluster.ts";

const seed = 20_261_123;

function clusterOf(settings: ConfigSettings, shards = 3): MemoryCluster {
  return new MemoryCluster({ shards, seed, settings: { durability: "memory", ...settings } });
}

async function connected(cluster: MemoryCluster, shard: number, clientId: string): Promise<MemoryClient> {
  const client = cluster.stream(shard);
  client.connect(clientId);
  await cluster.settled();
  return client;
}

/** The reason code of the CONNACK. */
async function codeOf(cluster: MemoryCluster, shard: number, clientId: string): Promise<number | undefined> {
  const client = await connected(cluster, shard, clientId);
  return client.take().find((packet) => packet.type === "connack")?.reasonCode;
}

function refusals(cluster: MemoryCluster, limit: Limit): number {
  return cluster.shards.reduce((sum, { statistics }) => sum + (statistics.limitsReached[limit] as number), 0);
}

for (const [what, settings, limit] of [
  ["max_connections", { max_connections: 2 }, Limit.connections],
  ["max_connections of a listener", { listeners: listenerWith({ max_connections: 2 }) }, Limit.listenerConnections],
  ["max_connections_per_address", { max_connections_per_address: 2 }, Limit.addressConnections],
] as const) {
  test(`${what} counts the connections of all shards, also when one of them is gone`, async () => {
    await using cluster = clusterOf(settings);
    const first = await connected(cluster, 0, "a");
    await connected(cluster, 1, "b");
    assert.throws(() => cluster.stream(2), /refuses/);
    assert.equal(refusals(cluster, limit), 1);
    first.peer.destroy();
    await cluster.settled();
    await connected(cluster, 2, "c");
    assert.throws(() => cluster.stream(0), /refuses/);
    cluster.network.remove(1);
    await cluster.settled();
    await connected(cluster, 0, "d");
    assert.throws(() => cluster.stream(2), /refuses/);
  });
}

function listenerWith(limits: object): NonNullable<ConfigSettings["listeners"]> {
  return { mqtt: { addr: "127.0.0.1:0", limits: limits as never } };
}

test("a shard that comes later counts what was there before", async () => {
  await using cluster = clusterOf({ max_connections_per_address: 2, max_connections: 100 }, 2);
  await connected(cluster, 0, "a");
  await connected(cluster, 1, "b");
  cluster.add();
  await cluster.settled();
  assert.throws(() => cluster.stream(2), /refuses/);
});

test("connects per second are counted over all shards", async () => {
  await using cluster = clusterOf({ max_connects_per_second: 2 });
  assert.equal(await codeOf(cluster, 0, "a"), ReasonCode.success);
  assert.equal(await codeOf(cluster, 1, "b"), ReasonCode.success);
  assert.equal(await codeOf(cluster, 2, "c"), ReasonCode.connectionRateExceeded);
  await cluster.advance(1);
  assert.equal(await codeOf(cluster, 2, "c"), ReasonCode.success);
});

test("sessions are counted over all shards", async () => {
  await using cluster = clusterOf({ max_sessions: 2 });
  assert.equal(await codeOf(cluster, 0, "a"), ReasonCode.success);
  assert.equal(await codeOf(cluster, 1, "b"), ReasonCode.success);
  assert.equal(await codeOf(cluster, 2, "c"), ReasonCode.quotaExceeded);
});

test("a client that has a session may return by another shard, also at the limit of sessions", async () => {
  await using cluster = clusterOf({ max_sessions: 2 });
  const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 1000 } } as const;
  for (const clientId of ["a", "b"]) {
    const client = cluster.stream(0);
    client.connect(clientId, lasting);
    await cluster.settled();
    client.disconnect();
    await cluster.settled();
  }
  assert.equal(await codeOf(cluster, 1, "c"), ReasonCode.quotaExceeded);
  for (const shard of [1, 2, 0]) {
    const back = cluster.stream(shard);
    back.connect("a", lasting);
    await cluster.settled();
    assert.deepEqual(back.words(), ["connack present"]);
  }
  assert.equal(await codeOf(cluster, 2, "c"), ReasonCode.quotaExceeded);
  assert.equal(refusals(cluster, Limit.sessions), 2);
});

test("bans hold on a shard that takes the place of another, as long as on the others", async () => {
  const limits = { max_failed_logins_per_address: 2, max_connects_per_client: 3 };
  await using cluster = clusterOf({ ...limits, connects_per_client_window_seconds: 60 }, 2);
  for (const shard of [0, 0, 0]) await codeOf(cluster, shard, "c");
  for (let count = 0; count < 2; count++) cluster.shards[0]?.admission.failedLogin("192.0.2.1", cluster.clock.now());
  await cluster.settled();
  cluster.network.remove(0);
  cluster.add();
  await cluster.settled();
  const admission = cluster.shards.at(-1)?.admission;
  const isBanned = (): boolean | undefined => admission?.isBanned("192.0.2.1", cluster.clock.now());
  assert.deepEqual([isBanned(), admission?.isBanned("192.0.2.2", cluster.clock.now())], [true, false]);
  assert.equal(await codeOf(cluster, cluster.shards.length - 1, "c"), ReasonCode.banned);
  await cluster.advance(3600);
  assert.equal(isBanned(), false);
});

test("a client that comes and goes on different shards is banned on all", async () => {
  await using cluster = clusterOf({ max_connects_per_client: 3, connects_per_client_window_seconds: 60 });
  for (const shard of [0, 1]) assert.equal(await codeOf(cluster, shard, "c"), ReasonCode.success);
  assert.equal(await codeOf(cluster, 2, "c"), ReasonCode.banned);
  for (const shard of [0, 1, 2]) assert.equal(await codeOf(cluster, shard, "c"), ReasonCode.banned);
  assert.equal(await codeOf(cluster, 0, "other"), ReasonCode.success);
});

test("failed logins on different shards ban the address on all", async () => {
  await using cluster = clusterOf({ max_failed_logins_per_address: 3 });
  const [one, two, three] = cluster.shards.map(({ admission }) => admission);
  assert.equal(one?.failedLogin("192.0.2.1", 0), false);
  assert.equal(two?.failedLogin("192.0.2.1", 0), false);
  await cluster.settled();
  assert.equal(three?.failedLogin("192.0.2.1", 0), true);
  await cluster.settled();
  for (const { admission } of cluster.shards) {
    assert.ok(admission.isBanned("192.0.2.1", 0));
    assert.ok(!admission.isBanned("192.0.2.2", 0));
  }
});

test("what waits in the sessions of all shards together has one limit", async () => {
  await using cluster = clusterOf({ max_queued_bytes: 100_000 }, 2);
  for (const [shard, clientId] of ["a", "b"].entries()) {
    const client = cluster.stream(shard);
    client.connect(clientId, { cleanStart: false, properties: { sessionExpiryInterval: 1000 } });
    await cluster.settled();
    client.subscribe(clientId);
    await cluster.settled();
    client.disconnect();
    await cluster.settled();
  }
  const publisher = await connected(cluster, 0, "p");
  publisher.publish("a", Buffer.alloc(60_000), { qos: 1 });
  await cluster.settled();
  await cluster.advance(1);
  publisher.publish("b", Buffer.alloc(60_000), { qos: 1 });
  await cluster.settled();
  assert.equal(cluster.shards[1]?.statistics.messagesDropped[DropReason.allQueuesFull], 1);
});

const megabyte = Buffer.alloc(1024 * 1024);

/** A publisher on shard 0, and a subscriber on shard 1, which takes nothing from now on. */
async function crowded(cluster: MemoryCluster): Promise<{ publisher: MemoryClient; subscriber: MemoryClient }> {
  const publisher = await connected(cluster, 0, "p");
  const subscriber = await connected(cluster, 1, "s");
  subscriber.subscribe("#", { qos: 1 });
  await cluster.settled();
  subscriber.take();
  cluster.network.setBusy(1, true);
  return { publisher, subscriber };
}

function payloads(client: MemoryClient): string[] {
  const packets = client.take().filter((packet) => packet.type === "publish");
  return packets.map(({ payload }) => (payload.length > 10 ? "large" : Buffer.from(payload).toString()));
}

test("who publishes waits while another shard has too much to take, and nothing is lost", async () => {
  await using cluster = clusterOf({ max_shard_waiting_bytes: megabyte.length, max_packet_size_server: 2 ** 22 }, 2);
  const { publisher, subscriber } = await crowded(cluster);
  publisher.publish("t", megabyte);
  publisher.publish("t", "1");
  await cluster.settled();
  publisher.publish("t", "2");
  await cluster.settled();
  publisher.publish("t", "3");
  await cluster.settled();
  const [first] = cluster.shards;
  const published = first?.statistics.messagesPublished ?? 0;
  assert.ok(published < 4, `${published} messages were read`);
  assert.ok(refusals(cluster, Limit.shardWaiting) > 0);
  cluster.network.setBusy(1, false);
  await cluster.settled();
  await cluster.advance(0.1);
  assert.deepEqual(payloads(subscriber), ["large", "1", "2", "3"]);
});

test("a shard that takes nothing for a second holds up nobody; it gets later what was retained meanwhile", async () => {
  await using cluster = clusterOf({ max_shard_waiting_bytes: megabyte.length, max_packet_size_server: 2 ** 22 }, 2);
  const { publisher, subscriber } = await crowded(cluster);
  publisher.publish("t", megabyte);
  await cluster.settled();
  publisher.publish("t", "waits");
  await cluster.advance(1.1);
  publisher.publish("t", "dropped");
  publisher.publish("kept", "kept", { retain: true });
  await cluster.settled();
  const [first, second] = cluster.shards;
  assert.equal(first?.statistics.messagesPublished, 4);
  assert.ok((first.statistics.messagesDropped[DropReason.shardStuck] as number) >= 2);
  cluster.network.setBusy(1, false);
  await cluster.settled();
  await cluster.advance(0.2);
  publisher.publish("t", "again");
  await cluster.settled();
  assert.deepEqual(payloads(subscriber).at(-1), "again");
  assert.equal(second?.retained.count, 1);
});
