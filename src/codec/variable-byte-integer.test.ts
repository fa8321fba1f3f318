import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError } from "../protocol/mod.ts";
import { readVariableByteInteger, variableByteIntegerSize, writeVariableByteInteger } from "./variable-byte-integer.ts";

// The bounds of table 1-1 of MQTT 5.0 (section 1.5.5).
const bounds: readonly (readonly [value: number, hex: string])[] = [
  [0, "00"],
  [127, "7f"],
  [128, "8001"],
  [16_383, "ff7f"],
  [16_384, "808001"],
  [2_097_151, "ffff7f"],
  [2_097_152, "80808001"],
  [268_435_455, "ffffff7f"],
];

for (const [value, hex] of bounds) {
  test(`${value} takes the bytes ${hex}`, () => {
    const target = Buffer.alloc(hex.length / 2);
    assert.equal(writeVariableByteInteger(target, 0, value), target.length);
    assert.equal(target.toString("hex"), hex);
    assert.equal(variableByteIntegerSize(value), target.length);
    assert.equal(readVariableByteInteger(target, 0, target.length), value);
  });
}

for (const hex of ["", "80", "ffffff", "8000", "ff8000", "80808000", "8080808001", "ffffffff7f"]) {
  test(`the bytes "${hex}" are no integer`, () => {
    const bytes = Buffer.from(hex, "hex");
    assert.throws(() => readVariableByteInteger(bytes, 0, bytes.length), ProtocolError);
  });
}

test("an integer is not read beyond its end", () => {
  assert.throws(() => readVariableByteInteger(Buffer.from("8001", "hex"), 0, 1), ProtocolError);
});
