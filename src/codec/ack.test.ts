import assert from "node:assert/strict";
import { test } from "node:test";
import { type AckPacket, noProperties, PacketType, ProtocolError } from "../protocol/mod.ts";
import { AckFrame, ackPacketSize, ackSizeMax, decodeAck, encodeAck } from "./ack.ts";
import { encodePacket } from "./packet.ts";

const types = ["puback", "pubrec", "pubrel", "pubcomp"] as const;

function codesOf(type: PacketType): string {
  const taken: string[] = [];
  for (let code = 0; code <= 0xff; code++) {
    try {
      decodeAck(new AckFrame(), type, Buffer.of(0, 1, code), 0, 3, 5);
      taken.push(code.toString(16));
    } catch (error) {
      assert.ok(error instanceof ProtocolError && error.reasonCode === 0x82);
    }
  }
  return taken.join(" ");
}

test("each acknowledgement has the codes of its table", () => {
  assert.equal(codesOf(PacketType.puback), "0 10 80 83 87 90 91 97 99");
  assert.equal(codesOf(PacketType.pubrec), "0 10 80 83 87 90 91 97 99");
  assert.equal(codesOf(PacketType.pubrel), "0 92");
  assert.equal(codesOf(PacketType.pubcomp), "0 92");
});

test("an acknowledgement without properties is written the same by the short way and by the general one", () => {
  for (const type of types) {
    for (const version of [3, 4, 5] as const) {
      for (const reasonCode of [0x00, 0x92] as const) {
        const packet: AckPacket = { type, packetId: 0x1234, reasonCode, properties: noProperties };
        const bytes = Buffer.alloc(ackSizeMax);
        const end = encodeAck(bytes, 0, PacketType[type], 0x1234, reasonCode, version);
        assert.deepEqual(encodePacket(packet, version), bytes.subarray(0, end));
        assert.equal(ackPacketSize(packet, version), end);
      }
    }
  }
});

test("before 5.0 neither code nor properties are sent", () => {
  const properties = { reasonString: "no" };
  const packet: AckPacket = { type: "puback", packetId: 1, reasonCode: 0x87, properties };
  assert.equal(encodePacket(packet, 4).toString("hex"), "40020001");
});

test("a frame that is used again keeps nothing of the packet before", () => {
  const frame = new AckFrame();
  decodeAck(frame, PacketType.puback, Buffer.of(0, 1, 0x87), 0, 3, 5);
  decodeAck(frame, PacketType.puback, Buffer.of(0, 2), 0, 2, 5);
  assert.deepEqual([frame.packetId, frame.reasonCode], [2, 0]);
});
