import assert from "node:assert/strict";
import { test } from "node:test";
import { run as scramMessages } from "./scram-messages.ts";

test("any SCRAM messages end in a refusal", () => {
  assert.equal(scramMessages({ seed: 20_261_123, runs: 3000 }), 3000);
});
