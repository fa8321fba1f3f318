import assert from "node:assert/strict";
import { test } from "node:test";
import { noProperties, ReasonCode } from "../protocol/mod.ts";
import { encodePacket } from "./packet.ts";
import { decodeUnsuback } from "./unsuback.ts";

test("before 5.0 the codes are left out", () => {
  const reasonCodes = [ReasonCode.success, ReasonCode.noSubscriptionExisted];
  const packet = { type: "unsuback", packetId: 1, reasonCodes, properties: noProperties } as const;
  assert.equal(encodePacket(packet, 4).toString("hex"), "b0020001");
  assert.equal(encodePacket(packet, 5).toString("hex"), "b0050001000011");
});

for (const [name, hex, version] of [
  ["codes before 5.0", "000100", 4],
  ["no code in 5.0", "000100", 5],
  ["an undefined code", "00010001", 5],
] as const) {
  test(`an UNSUBACK with ${name} is refused`, () => {
    const bytes = Buffer.from(hex, "hex");
    assert.throws(() => decodeUnsuback(bytes, 0, bytes.length, version), { name: "ProtocolError" });
  });
}
