import assert from "node:assert/strict";
import { test } from "node:test";
import { runCrashHistory } from "./crash/crash-history.ts";

const kills = Number(process.env["TEST_CRASH_KILLS"] ?? 12);
const seed = Number(process.env["TEST_CRASH_SEED"] ?? Date.now() % 0x7fff_ffff);

test(`nothing acknowledged is lost, doubled at QoS 2 or out of order over ${kills} kills (seed ${seed})`, async () => {
  assert.ok((await runCrashHistory({ kills, seed })) > 0);
});

test(`the same where two shards share the store, over ${Math.ceil(kills / 3)} kills (seed ${seed})`, async () => {
  assert.ok((await runCrashHistory({ kills: Math.ceil(kills / 3), seed, shards: 2 })) > 0);
});
