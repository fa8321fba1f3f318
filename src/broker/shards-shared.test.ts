import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConfigSettings } from "../config/mod.ts";
import { MemoryCluster } from "./fuzz/memory-cluster.ts";
import type { MemoryClient } from "./fuzz/memory-client.ts";

const seed = 20_260_702;
const filter = "$share/g/t/#";

/** A publisher on shard 0, and members of one group on shards 0, 1, 2, 0, …. */
async function group(
  cluster: MemoryCluster,
  members: number,
  expiry = 0,
): Promise<{ publisher: MemoryClient; members: MemoryClient[] }> {
  const publisher = cluster.stream(0);
  publisher.connect("publisher");
  const all = Array.from({ length: members }, (_, index) => {
    const client = cluster.stream(index);
    client.connect(`member ${index}`, { properties: { sessionExpiryInterval: expiry } });
    client.subscribe(filter);
    return client;
  });
  await cluster.settled();
  for (const client of [publisher, ...all]) client.take();
  return { publisher, members: all };
}

function counts(members: readonly MemoryClient[]): number[] {
  return members.map((member) => member.take().filter(({ type }) => type === "publish").length);
}

async function publish(cluster: MemoryCluster, publisher: MemoryClient, count: number, qos: 0 | 1 = 1): Promise<void> {
  for (let number = 0; number < count; number++) publisher.publish(`t/${number}`, String(number), { qos });
  await cluster.settled();
}

function clusterOf(strategy: ConfigSettings["shared_subscription_mode"] & string): MemoryCluster {
  return new MemoryCluster({ shards: 3, seed, settings: { shared_subscription_mode: strategy } });
}

test("members on all shards take turns, and each message goes to one of them", async () => {
  await using cluster = clusterOf("round_robin");
  const { publisher, members } = await group(cluster, 6);
  await publish(cluster, publisher, 60);
  assert.deepEqual(counts(members), [10, 10, 10, 10, 10, 10]);
});

test("by topic name, messages of a topic go to the same member whichever shard they are published on", async () => {
  await using cluster = clusterOf("HashTopicName");
  const { publisher, members } = await group(cluster, 5);
  const elsewhere = cluster.stream(1);
  elsewhere.connect("elsewhere");
  await publish(cluster, publisher, 40);
  const first = counts(members);
  await publish(cluster, elsewhere, 40);
  assert.deepEqual(counts(members), first);
  assert.ok(first.filter((count) => count > 0).length >= 4, String(first));
});

test("by client id, all messages of a publisher go to one member", async () => {
  await using cluster = clusterOf("HashClientId");
  const { publisher, members } = await group(cluster, 5);
  await publish(cluster, publisher, 20);
  assert.deepEqual(
    counts(members).toSorted((left, right) => right - left),
    [20, 0, 0, 0, 0],
  );
});

test("a sticky group has one member for publishers on all shards", async () => {
  await using cluster = clusterOf("sticky");
  const { publisher, members } = await group(cluster, 5);
  const elsewhere = cluster.stream(2);
  elsewhere.connect("elsewhere");
  await publish(cluster, publisher, 10);
  await publish(cluster, elsewhere, 10);
  assert.deepEqual(
    counts(members).toSorted((left, right) => right - left),
    [20, 0, 0, 0, 0],
  );
});

for (const strategy of ["Random", "least_inflight"] as const) {
  test(`with ${strategy}, members on all shards get their share and nothing comes twice`, async () => {
    await using cluster = clusterOf(strategy);
    const { publisher, members } = await group(cluster, 3);
    await publish(cluster, publisher, 90, 0);
    const got = counts(members);
    assert.equal(
      got.reduce((sum, count) => sum + count, 0),
      90,
    );
    assert.ok(Math.min(...got) >= 15, String(got));
  });
}

test("a connected member on another shard comes before one on this shard that is away", async () => {
  await using cluster = clusterOf("round_robin");
  const { publisher, members } = await group(cluster, 2, 1000);
  const [away, there] = members as [MemoryClient, MemoryClient];
  away.disconnect();
  await cluster.settled();
  await publish(cluster, publisher, 5);
  assert.deepEqual(counts([there]), [5]);
});

test("where no member is connected, one that is away keeps the message; at QoS 0 nobody does", async () => {
  await using cluster = clusterOf("round_robin");
  const { publisher, members } = await group(cluster, 3, 1000);
  for (const member of members) member.disconnect();
  await cluster.settled();
  await publish(cluster, publisher, 6);
  await publish(cluster, publisher, 6, 0);
  const back = members.map((_, index) => {
    const client = cluster.stream(index);
    client.connect(`member ${index}`, { cleanStart: false, properties: { sessionExpiryInterval: 1000 } });
    return client;
  });
  await cluster.settled();
  assert.deepEqual(counts(back), [2, 2, 2]);
});

test("what a member leaves unacknowledged goes to one on another shard", async () => {
  await using cluster = clusterOf("sticky");
  const { publisher, members } = await group(cluster, 3);
  await publish(cluster, publisher, 5);
  const [first, ...others] = members as [MemoryClient, ...MemoryClient[]];
  assert.deepEqual(counts(members), [5, 0, 0]);
  first.peer.destroy();
  await cluster.settled();
  assert.equal(
    counts(others).reduce((sum, count) => sum + count, 0),
    5,
  );
});

test("a message that was sent to a shard whose member has just gone is handed on to another shard", async () => {
  await using cluster = clusterOf("round_robin");
  const { publisher, members } = await group(cluster, 3);
  const [, second, third] = members as [MemoryClient, MemoryClient, MemoryClient];
  // Shard 0 still believes in the member of shard 1 when it publishes.
  second.disconnect();
  for (let number = 0; number < 30; number++) publisher.publish(`t/${number}`, "x", { qos: 1 });
  await cluster.settled();
  const got = counts([members[0] as MemoryClient, third]);
  assert.equal(
    got.reduce((sum, count) => sum + count, 0),
    30,
  );
  const left = cluster.shards.map(({ router }) => router.sharedSubscriptionCount);
  assert.deepEqual(left, [1, 0, 1]);
});
