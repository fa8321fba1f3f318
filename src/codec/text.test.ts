import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError } from "../protocol/mod.ts";
import { binaryEnd, checkString, checkText } from "./text.ts";

function isText(bytes: Buffer): boolean {
  try {
    checkText(bytes, 0, bytes.length);
    return true;
  } catch (error) {
    assert.ok(error instanceof ProtocolError && error.reasonCode === 0x81);
    return false;
  }
}

/** Whether the platform's decoder takes the bytes; it knows nothing of MQTT's ban on U+0000. */
function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

test("every sequence of two bytes is judged as by the platform's decoder", () => {
  for (let value = 0; value <= 0xffff; value++) {
    const bytes = Buffer.of(value >> 8, value & 0xff);
    assert.equal(isText(bytes), isUtf8(bytes) && !bytes.includes(0), bytes.toString("hex"));
  }
});

test("every start of three and four bytes is judged as by the platform's decoder", () => {
  for (let value = 0xe000; value <= 0xffff; value++) {
    for (const rest of [[0x7f], [0x80], [0xbf], [0xc0], [0x80, 0x80], [0xbf, 0xbf], [0x80, 0xc0], [0x80, 0x80, 0x80]]) {
      const bytes = Buffer.of(value >> 8, value & 0xff, ...rest);
      assert.equal(isText(bytes), isUtf8(bytes) && !bytes.includes(0), bytes.toString("hex"));
    }
  }
});

test("a byte order mark is a character like others", () => {
  assert.ok(isText(Buffer.from("efbbbf61", "hex")));
});

test("a sequence cut off by the end of its string is refused, whatever stands behind it", () => {
  assert.throws(() => checkText(Buffer.from("c3a9", "hex"), 0, 1), ProtocolError);
  assert.throws(() => checkString(Buffer.from("0002e282ac", "hex"), 0, 5), ProtocolError);
});

test("a field ends behind its length and bytes", () => {
  assert.equal(binaryEnd(Buffer.from("ee0002ffff00", "hex"), 1, 6), 5);
  assert.equal(checkString(Buffer.from("0000", "hex"), 0, 2), 2);
});

test("a field that is longer than its packet is refused", () => {
  assert.throws(() => binaryEnd(Buffer.from("0002ffff", "hex"), 0, 3), ProtocolError);
  assert.throws(() => binaryEnd(Buffer.from("00", "hex"), 0, 1), ProtocolError);
});
