import assert from "node:assert/strict";
import { test } from "node:test";
import { peerText } from "./peer.ts";

test("a peer is shown as address and port, IPv6 in brackets, and without a port where there is none", () => {
  assert.equal(peerText({ address: "192.0.2.7", port: 51234 }), "192.0.2.7:51234");
  assert.equal(peerText({ address: "2001:db8::1", port: 1 }), "[2001:db8::1]:1");
  assert.equal(peerText({ address: "unix", port: 0 }), "unix");
});
