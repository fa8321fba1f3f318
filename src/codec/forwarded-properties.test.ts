import assert from "node:assert/strict";
import { test } from "node:test";
import type { Properties } from "../protocol/mod.ts";
import { decodeForwardedProperties, encodeForwardedProperties } from "./forwarded-properties.ts";

const forwarded: Properties = {
  payloadFormatIndicator: 0,
  contentType: "",
  responseTopic: "re",
  correlationData: Uint8Array.of(0, 0xff),
  userProperties: [
    ["b", "1"],
    ["a", "2"],
    ["b", "1"],
  ],
};

test("the forwarded properties are kept, the order of User Properties and empty values included", () => {
  const bytes = encodeForwardedProperties(forwarded);
  assert.deepEqual(decodeForwardedProperties(bytes, 0, bytes.length), forwarded);
});

test("alias, expiry and Subscription Identifiers do not become part of a message", () => {
  const others: Properties = { topicAlias: 1, messageExpiryInterval: 5, subscriptionIdentifiers: [1] };
  assert.deepEqual(encodeForwardedProperties({ ...others, ...forwarded }), encodeForwardedProperties(forwarded));
});

test("the bytes of a received PUBLISH are read without alias and expiry", () => {
  const bytes = Buffer.from("230001" + "030000" + "0200000005", "hex");
  assert.deepEqual(decodeForwardedProperties(bytes, 0, bytes.length), { contentType: "" });
});

test("a message without properties has no bytes for them", () => {
  assert.equal(encodeForwardedProperties({}).length, 0);
  assert.deepEqual(decodeForwardedProperties(Buffer.alloc(0), 0, 0), {});
});
