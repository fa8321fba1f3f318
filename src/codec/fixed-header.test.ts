import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError, type ProtocolVersion } from "../protocol/mod.ts";
import { checkFlags, type Sender } from "./fixed-header.ts";

/** The first bytes that are taken, of all 256. */
function taken(version: ProtocolVersion, sender: Sender): number[] {
  const list: number[] = [];
  for (let first = 0; first <= 0xff; first++) {
    try {
      checkFlags(first, version, sender);
      list.push(first);
    } catch (error) {
      assert.ok(error instanceof ProtocolError);
    }
  }
  return list;
}

const publishes = Array.from({ length: 16 }, (_, flags) => 0x30 | flags);

test("a 3.1.1 client sends its eleven types with their flags and nothing else", () => {
  const others = [0x40, 0x50, 0x62, 0x70, 0x82, 0xa2, 0xc0, 0xe0];
  assert.deepEqual(taken(4, "client"), [0x10, ...publishes, ...others]);
});

test("a 5.0 client sends AUTH too", () => {
  const others = [0x40, 0x50, 0x62, 0x70, 0x82, 0xa2, 0xc0, 0xe0, 0xf0];
  assert.deepEqual(taken(5, "client"), [0x10, ...publishes, ...others]);
});

test("a 5.0 server sends its types with their flags and nothing else", () => {
  const others = [0x40, 0x50, 0x62, 0x70, 0x90, 0xb0, 0xd0, 0xe0, 0xf0];
  assert.deepEqual(taken(5, "server"), [0x20, ...publishes, ...others]);
});

test("the flags of a 3.1 client are not looked at, its types are", () => {
  const types = new Set(taken(3, "client").map((first) => first >> 4));
  assert.deepEqual([...types], [1, 3, 4, 5, 6, 7, 8, 10, 12, 14]);
  assert.equal(taken(3, "client").length, types.size * 16);
});
