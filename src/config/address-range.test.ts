import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { addressMatcher, parseAddressRange } from "./address-range.ts";

describe("a range of addresses", () => {
  for (const text of ["192.0.2.7", "10.0.0.0/8", "0.0.0.0/0", "::1", "fd00::/8", "2001:db8::/32"]) {
    it(`is ${text}`, () => assert.notEqual(parseAddressRange(text), null));
  }

  for (const text of [
    "",
    "localhost",
    "10.0.0.0/33",
    "10.0.0/8",
    "::/129",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "10.0.0.1/x",
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(parseAddressRange(text), null));
  }

  it("holds the addresses with its prefix, written in either family, and no others", () => {
    const holds = addressMatcher(["10.1.0.0/16", "192.0.2.7", "2001:db8::/32"]);
    for (const address of ["10.1.255.3", "192.0.2.7", "::ffff:10.1.0.1", "2001:db8::9"])
      assert.ok(holds(address), address);
    for (const address of ["10.2.0.1", "192.0.2.8", "2001:db9::1", "::1", "", "unix"])
      assert.ok(!holds(address), address);
  });

  it("holds nobody where there is none", () => {
    assert.equal(addressMatcher([])("127.0.0.1"), false);
  });
});
