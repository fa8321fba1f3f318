import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { isLocal, parseListenerAddress } from "./address.ts";

describe("the address of a listener", () => {
  it("is a host and a port", () => {
    assert.deepEqual(parseListenerAddress("0.0.0.0:1883"), { kind: "tcp", host: "0.0.0.0", port: 1883 });
    assert.deepEqual(parseListenerAddress("broker.example:0"), { kind: "tcp", host: "broker.example", port: 0 });
  });

  it("has an IPv6 host in brackets", () => {
    assert.deepEqual(parseListenerAddress("[::1]:1883"), { kind: "tcp", host: "::1", port: 1883 });
    assert.deepEqual(parseListenerAddress("[fe80::1%eth0]:1"), { kind: "tcp", host: "fe80::1%eth0", port: 1 });
  });

  it("is the path of a Unix socket after unix:", () => {
    assert.deepEqual(parseListenerAddress("unix:/run/a:b.sock"), { kind: "unix", path: "/run/a:b.sock" });
  });

  for (const text of [
    "",
    "1883",
    ":1883",
    "localhost",
    "localhost:",
    "::1:1883",
    "a:65536",
    "a:-1",
    "a b:1",
    "unix:",
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.equal(parseListenerAddress(text), null);
    });
  }

  it("is local on loopback and on a Unix socket only", () => {
    const local = (text: string): boolean => isLocal(parseListenerAddress(text) ?? assert.fail(text));
    for (const text of ["127.0.0.1:1", "LOCALHOST:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "unix:x"])
      assert.ok(local(text));
    for (const text of ["0.0.0.0:1", "[::]:1", "192.168.0.1:1", "127.0.0.1.example:1"]) assert.ok(!local(text), text);
  });
});
