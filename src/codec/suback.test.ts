import assert from "node:assert/strict";
import { test } from "node:test";
import { noProperties, type ProtocolVersion, ReasonCode, type SubackPacket } from "../protocol/mod.ts";
import { encodePacket } from "./packet.ts";
import { decodeSuback } from "./suback.ts";

const { grantedQos1, topicFilterInvalid, notAuthorized, quotaExceeded } = ReasonCode;
const answer: SubackPacket = {
  type: "suback",
  packetId: 7,
  reasonCodes: [grantedQos1, topicFilterInvalid, notAuthorized, quotaExceeded],
  properties: noProperties,
};

function hexFor(version: ProtocolVersion): string {
  return encodePacket(answer, version).toString("hex");
}

test("a 5.0 client is told why each filter failed", () => {
  assert.equal(hexFor(5), "900700070001" + "8f8797");
});

test("a 3.1.1 client is told by 0x80 that a filter failed", () => {
  assert.equal(hexFor(4), "90060007" + "01808080");
});

test("a 3.1 client, which knows no failure, is answered as if granted", () => {
  assert.equal(hexFor(3), "90060007" + "01000000");
});

for (const [name, hex, version] of [
  ["no code", "0001", 4],
  ["packet identifier 0", "000000", 4],
  ["a code of 5.0 before 5.0", "000187", 4],
  ["0x80 in 3.1", "000180", 3],
  ["an undefined code", "00010003", 5],
] as const) {
  test(`a SUBACK with ${name} is refused`, () => {
    const bytes = Buffer.from(hex, "hex");
    assert.throws(() => decodeSuback(bytes, 0, bytes.length, version), { name: "ProtocolError" });
  });
}
