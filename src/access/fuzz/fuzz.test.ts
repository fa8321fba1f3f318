import assert from "node:assert/strict";
import { test } from "node:test";
import { run as names } from "./names.ts";
import { run as patterns } from "./patterns.ts";

// Short runs with a fixed seed beside each build; long runs with other seeds are started with `npm run fuzz`.
const seed = 20_260_201;

test("patterns match, cover and meet what a list of all short topics says", () => {
  assert.equal(patterns({ seed, runs: 1000 }), 1000);
});

test("whatever a client calls itself, no rule is widened by it", () => {
  assert.equal(names({ seed, runs: 3000 }), 3000);
});
