import assert from "node:assert/strict";
import { test } from "node:test";
import { type Packet, ProtocolError, type ProtocolVersion } from "../protocol/mod.ts";
import { decodePacket, encodePacket, feed, type FrameTarget, type Sender } from "./mod.ts";
import { malformedPackets } from "./vectors/malformed.ts";
import { packetVectors } from "./vectors/packets.ts";

/** The one packet in the bytes, by way of the framing. */
function read(hex: string, version: ProtocolVersion, sender: Sender): Packet | undefined {
  let packet: Packet | undefined;
  const target: FrameTarget = {
    partial: null,
    packetSizeMax: 1_000_000,
    onFrame(first, bytes, start, end) {
      packet = decodePacket(first, bytes, start, end, version, sender);
      return true;
    },
  };
  const bytes = Buffer.from(hex, "hex");
  feed(target, bytes, 0, bytes.length);
  return packet;
}

for (const row of malformedPackets) {
  const code = `0x${row.reasonCode.toString(16)}`;
  test(`${row.version}: ${row.name} is refused with ${code}`, () => {
    assert.throws(
      () => read(row.hex, row.version, "client"),
      (error) => error instanceof ProtocolError && error.reasonCode === row.reasonCode,
    );
  });
}

for (const { name, version, sender, hex, packet } of packetVectors) {
  test(`${version}: ${name} is read`, () => {
    assert.deepEqual(read(hex, version, sender), packet);
  });
}

for (const { name, version, hex, packet } of packetVectors.filter((row) => row.readOnly !== true)) {
  test(`${version}: ${name} is written`, () => {
    assert.equal(encodePacket(packet, version).toString("hex"), hex);
  });
}

test("no two vectors have the same name", () => {
  const names = [...malformedPackets, ...packetVectors].map((row) => `${row.version} ${row.name}`);
  assert.equal(new Set(names).size, names.length);
});
