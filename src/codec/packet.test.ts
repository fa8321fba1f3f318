import assert from "node:assert/strict";
import { test } from "node:test";
import { noProperties } from "../protocol/mod.ts";
import { decodePacket, encodePacket } from "./packet.ts";

test("a CONNECT is read in its own version, whatever version is asked for", () => {
  const bytes = Buffer.from("100e00044d5154540502003c00000163", "hex");
  const packet = decodePacket(0x10, bytes, 2, bytes.length, 4, "client");
  assert.equal(packet.type === "connect" && packet.version, 5);
});

test("a CONNECT from a server is refused", () => {
  assert.throws(() => decodePacket(0x10, Buffer.alloc(0), 0, 0, 5, "server"), { reasonCode: 0x82 });
});

test("a body is read up to its end and not beyond", () => {
  const bytes = Buffer.from("ff" + "000161" + "68" + "ff", "hex");
  const packet = decodePacket(0x30, bytes, 1, 5, 4, "client");
  assert.equal(packet.type === "publish" && Buffer.from(packet.payload).toString(), "h");
});

test("a packet does not hold on to the bytes it came in", () => {
  const bytes = Buffer.from("00016168", "hex");
  const packet = decodePacket(0x30, bytes, 0, 4, 4, "client");
  bytes.fill(0);
  assert.deepEqual(packet.type === "publish" && packet.payload, Uint8Array.of(0x68));
});

test("a topic longer than its field is our mistake and not sent", () => {
  const message = {
    type: "publish",
    payload: Uint8Array.of(),
    qos: 0,
    retain: false,
    dup: false,
    packetId: 0,
  } as const;
  const packet = { ...message, topic: "t".repeat(65_536), properties: noProperties };
  assert.throws(() => encodePacket(packet, 4), { name: "AssertionError" });
});
