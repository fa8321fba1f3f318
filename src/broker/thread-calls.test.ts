import assert from "node:assert/strict";
import { test } from "node:test";
import { createConfig } from "../config/mod.ts";
import { startShard } from "./broker.ts";
import type { FromThread } from "./shard-thread-message.ts";
import { ShardCalls } from "./thread-calls.ts";

test("a program that takes nothing is not told more than has room, and that is counted", async () => {
  const config = createConfig({ listeners: { mqtt: { addr: "127.0.0.1:0" } }, durability: "memory" });
  await using broker = await startShard(config);
  const told: FromThread[] = [];
  const newsWaiting = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const calls = new ShardCalls(broker, {
    tell: (message) => void told.push(message),
    newsWaiting,
    newsBytesMax: 70_000,
  });
  await calls.subscribe(1, "t");
  const publish = async (): Promise<void> => {
    await calls.publish({ topic: "t", payload: Buffer.alloc(30_000) });
    // What a subscriber in the process receives comes at the end of the turn.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  };
  for (let count = 0; count < 4; count++) await publish();
  assert.equal(told.length, 2);
  assert.equal((await calls.read()).newsDropped, 2);
  const [first] = told;
  assert.ok(first?.kind === "message");
  Atomics.sub(new Int32Array(newsWaiting), 0, first.bytes);
  await publish();
  assert.equal(told.length, 3);
  await calls.unsubscribe(1);
});
