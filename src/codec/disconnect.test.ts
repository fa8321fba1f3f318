import assert from "node:assert/strict";
import { test } from "node:test";
import { noProperties, ProtocolError, ReasonCode } from "../protocol/mod.ts";
import { decodeDisconnect } from "./disconnect.ts";
import type { Sender } from "./fixed-header.ts";
import { encodePacket } from "./packet.ts";

function codesFrom(sender: Sender): string[] {
  const taken: string[] = [];
  for (let code = 0; code <= 0xff; code++) {
    try {
      decodeDisconnect(Buffer.of(code), 0, 1, 5, sender);
      taken.push(code.toString(16));
    } catch (error) {
      assert.ok(error instanceof ProtocolError && error.reasonCode === 0x82);
    }
  }
  return taken;
}

test("a client disconnects with the codes that table 3-13 has for clients", () => {
  assert.equal(codesFrom("client").join(" "), "0 4 80 81 82 83 90 93 94 95 96 97 98 99");
});

test("a server disconnects with the codes that table 3-13 has for servers", () => {
  const codes = "0 80 81 82 83 87 89 8b 8c 8d 8e 8f 90 93 94 95 96 97 98 99 9a 9b 9c 9d 9e 9f a0 a1 a2";
  assert.equal(codesFrom("server").join(" "), codes);
});

test("a DISCONNECT is as short as it can be", () => {
  const packet = { type: "disconnect", reasonCode: ReasonCode.serverShuttingDown, properties: noProperties } as const;
  assert.equal(encodePacket(packet, 5).toString("hex"), "e0018b");
  assert.equal(encodePacket({ ...packet, reasonCode: 0 }, 5).toString("hex"), "e000");
  assert.equal(
    encodePacket({ ...packet, reasonCode: 0, properties: { reasonString: "x" } }, 5).toString("hex"),
    "e00600041f000178",
  );
});

test("a server's DISCONNECT with a Session Expiry Interval is refused", () => {
  const bytes = Buffer.from("8e051100000000", "hex");
  assert.throws(() => decodeDisconnect(bytes, 0, bytes.length, 5, "server"), { reasonCode: 0x82 });
});
