import assert from "node:assert/strict";
import { test } from "node:test";
import { run as outboxHistory } from "./outbox-history.ts";

// A short run with a fixed seed beside each build; long runs with other seeds are started with `npm run fuzz`.
const seed = 20_260_103;

test("a session's ring of messages behaves like a plain list", () => {
  assert.equal(outboxHistory({ seed, runs: 300 }), 300);
});
