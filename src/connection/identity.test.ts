import assert from "node:assert/strict";
import { test } from "node:test";
import type { Authenticator } from "../auth/mod.ts";
import { MemoryBroker } from "../broker/fuzz/memory-broker.ts";

const hourSeconds = 3600;

/** Accepts everyone until so many milliseconds since 1970. */
function until(expiresAt: () => number): Authenticator {
  return { authenticate: () => ({ kind: "accepted", userName: "ann", expiresAt: expiresAt() }), close() {} };
}

async function connected(broker: MemoryBroker): Promise<ReturnType<MemoryBroker["stream"]>> {
  const client = broker.stream();
  client.connect("c");
  await broker.settled();
  assert.deepEqual(client.words(), ["connack"]);
  return client;
}

test("a proof that holds for hours ends in its hour", async () => {
  await using broker = new MemoryBroker({}, { authenticator: until(() => broker.clock.wallTime() + 3 * 3_600_000) });
  const client = await connected(broker);
  await broker.advance(3 * hourSeconds - 1);
  assert.deepEqual([client.words(), client.closed], [[], false]);
  await broker.advance(2);
  assert.deepEqual([client.words(), client.closed], [["disconnect 0xa0"], true]);
  assert.equal(broker.shard.statistics.proofsExpired, 1);
});

for (const end of [1e300, Number.MAX_VALUE, Infinity]) {
  test(`a proof until ${end} does not end, and does no harm`, async () => {
    await using broker = new MemoryBroker({}, { authenticator: until(() => end) });
    const client = await connected(broker);
    await broker.advance(2 * hourSeconds);
    assert.deepEqual([client.words(), client.closed], [[], false]);
  });
}

test("a connection that has gone waits for nothing", async () => {
  await using broker = new MemoryBroker({}, { authenticator: until(() => broker.clock.wallTime() + 60_000) });
  const client = await connected(broker);
  client.disconnect();
  await broker.settled();
  await broker.advance(120);
  assert.equal(broker.shard.statistics.proofsExpired, 0);
});
