import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConnackPacket, noProperties, type ProtocolVersion, ReasonCode } from "../protocol/mod.ts";
import { connackSize, decodeConnack, encodeConnack } from "./connack.ts";
import { encodePacket } from "./packet.ts";

function refusal(reasonCode: ReasonCode): ConnackPacket {
  return { type: "connack", sessionPresent: false, reasonCode, properties: noProperties };
}

function hexOf(packet: ConnackPacket, version: ProtocolVersion): string {
  return encodePacket(packet, version).toString("hex");
}

test("a 3.1.1 client is told by the return code that comes nearest", () => {
  const { serverBusy, serverShuttingDown, useAnotherServer, banned, badAuthenticationMethod } = ReasonCode;
  for (const code of [serverBusy, serverShuttingDown, useAnotherServer])
    assert.equal(hexOf(refusal(code), 4), "20020003");
  for (const code of [banned, badAuthenticationMethod]) assert.equal(hexOf(refusal(code), 4), "20020005");
});

test("a 3.1 or 3.1.1 client gets no CONNACK where no return code fits", () => {
  const { malformedPacket, protocolError, unspecifiedError, qosNotSupported } = ReasonCode;
  for (const code of [malformedPacket, protocolError, unspecifiedError, qosNotSupported]) {
    assert.equal(connackSize(refusal(code), 4), 0);
    assert.equal(connackSize(refusal(code), 3), 0);
    const untouched = Buffer.alloc(4, 0xaa);
    assert.equal(encodeConnack(untouched, 1, refusal(code), 4), 1);
    assert.equal(untouched.toString("hex"), "aaaaaaaa");
  }
});

test("a 3.1 client is never told of a session", () => {
  assert.equal(hexOf({ ...refusal(ReasonCode.success), sessionPresent: true }, 3), "20020000");
});

test("a refused client is never told of a session", () => {
  const refused = { ...refusal(ReasonCode.notAuthorized), sessionPresent: true };
  assert.equal(hexOf(refused, 4), "20020005");
  assert.equal(hexOf(refused, 5), "2003008700");
});

for (const [name, hex, version] of [
  ["reserved flags", "020000", 5],
  ["an undefined reason code", "000100", 5],
  ["a return code above 5", "0006", 4],
  ["a session beside a refusal", "0105", 4],
  ["surplus bytes", "000000", 4],
  ["a property of CONNECT", "0000021700", 5],
] as const) {
  test(`a CONNACK with ${name} is refused`, () => {
    const bytes = Buffer.from(hex, "hex");
    assert.throws(() => decodeConnack(bytes, 0, bytes.length, version), { name: "ProtocolError" });
  });
}
