import assert from "node:assert/strict";
import { test } from "node:test";
import { inMemory, onDisk, run } from "../../src/broker/fuzz/session-history.ts";

// One seed that stays, so that a build says the same each time, and a new one, which the name tells when it fails.
for (const seed of [20_260_104, Date.now() % 0x7fff_ffff]) {
  test(`random histories of three clients go as the model says (seed ${seed})`, async () => {
    assert.equal(await run({ seed, runs: 150 }), 150);
  });
  test(`the same where the clients are spread over three shards (seed ${seed})`, async () => {
    assert.equal(await run({ seed, runs: 50 }, inMemory(3)), 50);
  });
  test(`the same where three shards share a store (seed ${seed})`, async () => {
    assert.equal(await run({ seed, runs: 20 }, onDisk(3)), 20);
  });
}
