import assert from "node:assert/strict";
import { test } from "node:test";
import { run as routeHistory } from "./route-history.ts";

// A short run with a fixed seed beside each build; long runs with other seeds are started with `npm run fuzz`.
const seed = 20_260_102;

test("whatever subscriptions came and went, a topic finds those that match it, and nobody else", () => {
  assert.equal(routeHistory({ seed, runs: 500 }), 500);
});
