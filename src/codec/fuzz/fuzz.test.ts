import assert from "node:assert/strict";
import { test } from "node:test";
import { run as anyBytes } from "./any-bytes.ts";
import { run as anySplit } from "./any-split.ts";
import { run as roundTrip } from "./round-trip.ts";

// A short run with a fixed seed beside each build; long runs with other seeds are started from the command line.
const seed = 20_260_101;

test("any bytes are read or refused, never a crash", () => {
  assert.equal(anyBytes({ seed, runs: 3000 }), 3000);
});

test("what is written is read back the same", () => {
  assert.equal(roundTrip({ seed, runs: 3000 }), 3000);
});

test("bytes split anywhere give the same packets", () => {
  assert.equal(anySplit({ seed, runs: 200 }), 200);
});
