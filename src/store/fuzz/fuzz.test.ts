import assert from "node:assert/strict";
import { test } from "node:test";
import { run as roundTrip } from "./event-round-trip.ts";
import { run as queueHistory } from "./queue-history.ts";

test("every event is read as it was recorded; bytes that are none are a damaged store", () => {
  assert.equal(roundTrip({ seed: 20_261_123, runs: 300 }), 600);
});

test("the store holds what is left of the queues, and each body once", () => {
  assert.equal(queueHistory({ seed: 20_261_123, runs: 200 }), 200);
});
