import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeUnsubscribe } from "./unsubscribe.ts";

test("filters are read in their order, repeated ones too", () => {
  const bytes = Buffer.from("0001" + "000162" + "000161" + "000162", "hex");
  assert.deepEqual(decodeUnsubscribe(bytes, 0, bytes.length, 4).filters, ["b", "a", "b"]);
});
