import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { editDistance, nearest } from "./nearest.ts";

describe("the nearest key", () => {
  it("counts inserted, left out, exchanged and swapped characters", () => {
    assert.equal(editDistance("", "abc"), 3);
    assert.equal(editDistance("kitten", "sitting"), 3);
    assert.equal(editDistance("enabel", "enable"), 1);
    assert.equal(editDistance("same", "same"), 0);
  });

  it("is the one with the smallest distance", () => {
    assert.equal(nearest("max_alowed_qos", ["max_allowed_qos", "max_keep_alive"]), "max_allowed_qos");
  });

  it("is none if nothing is like it", () => {
    assert.equal(nearest("xyzzy", ["listeners", "auth"]), undefined);
  });
});
