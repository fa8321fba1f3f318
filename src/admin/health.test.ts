import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestAdmin } from "../../test/kit/admin-under-test.ts";
import { RawClient } from "../../test/kit/mod.ts";

describe("GET /health", () => {
  it("answers 200 and who it is while the broker serves clients", async () => {
    await using admin = await startTestAdmin({ node_id: "n7" }, { manualClock: true });
    await admin.advance(90_500);
    const answer = await fetch(`${admin.url}/health`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "application/json; charset=utf-8");
    assert.deepEqual(await answer.json(), { status: "ok", version: "1.2.3", node_id: "n7", uptime_seconds: 90.5 });
  });

  it("answers 503 and why while the broker stops", async () => {
    await using admin = await startTestAdmin({}, { manualClock: true });
    const slow = await RawClient.connected(admin, 4);
    await slow.subscribe("big");
    slow.pauseReading();
    const publisher = await RawClient.connected(admin, 4);
    // More than the sockets take: the broker gives the client its time, and time stands still.
    while ((await admin.metric("akasa_messages_dropped_total", { reason: "slow_consumer" })) === 0) {
      await publisher.publishAcked("big", "x".repeat(1_000_000));
    }
    const stopped = admin.broker.stop();
    const answer = await fetch(`${admin.url}/health`);
    assert.equal(answer.status, 503);
    assert.deepEqual(await answer.json(), {
      status: "stopping",
      reason: "the broker was told to stop and takes no more connections",
      version: "1.2.3",
      node_id: "akasa",
      uptime_seconds: 0,
    });
    await admin.advance(5000);
    await stopped;
  });

  it("still answers 503 when the broker has stopped and the listener has not", async () => {
    await using admin = await startTestAdmin();
    await admin.broker.stop();
    const answer = await fetch(`${admin.url}/health`);
    assert.equal(answer.status, 503);
    assert.equal(((await answer.json()) as { status: string }).status, "stopped");
  });

  it("may not be kept by a cache on the way", async () => {
    await using admin = await startTestAdmin();
    assert.equal((await fetch(`${admin.url}/health`)).headers.get("cache-control"), "no-store");
  });

  it("answers a HEAD request, as balancers send it", async () => {
    await using admin = await startTestAdmin();
    assert.equal((await fetch(`${admin.url}/health`, { method: "HEAD" })).status, 200);
  });
});
