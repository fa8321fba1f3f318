import assert from "node:assert/strict";
import { test } from "node:test";
import { encodePing, pingSize } from "./ping.ts";

test("a ping is written where it belongs", () => {
  const bytes = Buffer.alloc(4, 0xaa);
  assert.equal(encodePing(bytes, 1, "pingresp"), 1 + pingSize);
  assert.equal(bytes.toString("hex"), "aad000aa");
});
