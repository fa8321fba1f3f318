import assert from "node:assert/strict";
import { test } from "node:test";
import { publishBody } from "./publish-packet.ts";

test("a message of our own is laid out as a received one", () => {
  const body = publishBody({ contentType: "t", messageExpiryInterval: 5 }, Uint8Array.of(1, 2, 3));
  const { bytes, propertiesStart, propertiesEnd, payloadStart, payloadEnd } = body;
  assert.equal(bytes.toString("hex", propertiesStart, propertiesEnd), "03000174");
  assert.equal(bytes.toString("hex", payloadStart, payloadEnd), "010203");
  assert.deepEqual([body.aliasAt, body.expiryAt], [-1, -1]);
});

test("a payload that is a part of other bytes is taken by itself", () => {
  const { bytes, payloadStart, payloadEnd } = publishBody({}, Uint8Array.of(9, 1, 2, 9).subarray(1, 3));
  assert.equal(bytes.toString("hex", payloadStart, payloadEnd), "0102");
});
