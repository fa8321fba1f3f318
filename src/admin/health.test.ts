import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestAdmin } from "../../test/kit/admin-under-test.ts";

describe("GET /health", () => {
  it("answers 200 and who it is while the broker serves clients", async () => {
    await using admin = await startTestAdmin({ node_id: "n7" }, { manualClock: true });
    await admin.advance(90_500);
    const answer = await fetch(`${admin.url}/health`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "application/json; charset=utf-8");
    assert.deepEqual(await answer.json(), { status: "ok", version: "1.2.3", node_id: "n7", uptime_seconds: 90.5 });
  });

  it("answers 503 and why as soon as the broker was told to stop", async () => {
    await using admin = await startTestAdmin();
    const stopped = admin.broker.stop();
    const answer = await fetch(`${admin.url}/health`);
    assert.equal(answer.status, 503);
    const { status, reason } = (await answer.json()) as { status: string; reason: string };
    assert.match(status, /^stopp(ing|ed)$/);
    assert.match(reason, /^the broker (was told to stop|has stopped)/);
    await stopped;
  });

  it("still answers 503 when the broker has stopped and the listener has not", async () => {
    await using admin = await startTestAdmin({}, { manualClock: false });
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
