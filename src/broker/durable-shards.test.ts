import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testFolder } from "../store/contract/journal-kind.ts";
import { DurableCluster } from "./fuzz/durable-cluster.ts";
import type { MemoryClient } from "./fuzz/memory-client.ts";
import { wander } from "./fuzz/wanderer.ts";

const seed = 20261123;

async function away(cluster: DurableCluster, shard: number, clientId: string, filter: string): Promise<void> {
  const client = await cluster.lasting(shard, clientId);
  client.subscribe(filter);
  await cluster.settled();
  client.disconnect();
  await cluster.settled();
}

async function publisher(cluster: DurableCluster, shard: number): Promise<MemoryClient> {
  const client = cluster.stream(shard);
  client.connect(`publisher ${shard}`);
  await cluster.settled();
  client.words();
  return client;
}

describe("a client of the store that moves between shards while others publish", () => {
  for (const [name, filter] of [
    ["its subscription", "t/#"],
    ["its shared subscription", "$share/g/t/#"],
  ] as const) {
    it(`gets everything of ${name} once, and in order`, async () => {
      let moves = 0;
      for (let run = 0; run < 6; run++) {
        using folder = testFolder();
        await using cluster = await DurableCluster.start({ folder: folder.path, shards: 3, seed: seed + run });
        moves += await wander(cluster, { seed: seed + run, filter, steps: 120, passes: 150 });
      }
      assert.ok(moves > 10, `${moves} moves`);
    });
  }
});

describe("sessions of the store on several shards", () => {
  it("gets what is published on another shard while its client is away, and returns there with all of it", async () => {
    using folder = testFolder();
    await using cluster = await DurableCluster.start({ folder: folder.path, shards: 2, seed });
    await away(cluster, 0, "c", "a");
    const from = await publisher(cluster, 1);
    for (let index = 0; index < 5; index++) from.publish("a", `m${index}`, { qos: 1 });
    await cluster.settled();
    assert.equal(from.words().length, 5);
    const back = await cluster.lasting(1, "c");
    const expected = Array.from({ length: 5 }, (_, index) => `m${index} qos1 #${index + 1}`);
    assert.deepEqual(back.words(), ["connack present", ...expected]);
    assert.deepEqual(
      cluster.shards.map(({ sessions }) => sessions.get("c") !== null),
      [false, true],
    );
  });

  it("has everything after a restart, whatever number of shards there is then", async () => {
    using folder = testFolder();
    let next = 0;
    for (const shards of [2, 1, 3]) {
      await using cluster = await DurableCluster.start({
        folder: folder.path,
        shards: shards === 1 ? 2 : shards,
        seed,
      });
      await away(cluster, 0, `c${next}`, "a");
      const from = await publisher(cluster, 1);
      from.publish("a", `m${next}`, { qos: 2 });
      await cluster.settled();
      next++;
    }
    await using cluster = await DurableCluster.start({ folder: folder.path, shards: 2, seed });
    const expected = ["m0 qos2 #1", "m1 qos2 #2", "m2 qos2 #3"];
    for (let index = 0; index < 3; index++) {
      const back = await cluster.lasting(index, `c${index}`);
      // What it was owed is read from the disk.
      const owed = 4 - index;
      const words = back.words();
      for (let turns = 0; words.length < owed && turns < 1000; turns++) {
        await cluster.settled();
        words.push(...back.words());
      }
      assert.deepEqual(
        words.map((word) => word.split(" ")[0]),
        ["connack", ...expected.slice(index).map((word) => word.split(" ")[0])],
      );
    }
  });
});
