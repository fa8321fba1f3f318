import assert from "node:assert/strict";
import { test } from "node:test";
import { type Packet, PacketType, ProtocolError, type ProtocolVersion, topicName } from "../protocol/mod.ts";
import {
  AckFrame,
  checkFlags,
  checkText,
  decodeAck,
  decodePacket,
  decodePublish,
  encodePacket,
  feed,
  type FrameTarget,
  PublishFrame,
  type Sender,
} from "./mod.ts";
import { type MalformedPacket, malformedPackets } from "./vectors/malformed.ts";
import { packetVectors } from "./vectors/packets.ts";

type OnFrame = FrameTarget["onFrame"];

/** Frames a packet that stands in the middle of other bytes, as received bytes do. */
function frame(hex: string, onFrame: OnFrame): void {
  const bytes = Buffer.from(`0026${hex}00000000`, "hex");
  feed({ partial: null, packetSizeMax: 1_000_000, onFrame }, bytes, 2, bytes.length - 4);
}

/** The one packet in the bytes. */
function read(hex: string, version: ProtocolVersion, sender: Sender): Packet | undefined {
  let packet: Packet | undefined;
  frame(hex, (first, bytes, start, end) => {
    packet = decodePacket(first, bytes, start, end, version, sender);
    return true;
  });
  return packet;
}

/** Reads a client's PUBLISH or acknowledgement as a connection does, into reused frames. */
function readHot(hex: string, version: ProtocolVersion): void {
  frame(hex, (first, bytes, start, end) => {
    const type = (first >> 4) as PacketType;
    checkFlags(first, version);
    if (type !== PacketType.publish) {
      decodeAck(new AckFrame(), type, bytes, start, end, version);
      return true;
    }
    const publish = new PublishFrame();
    decodePublish(publish, first, bytes, start, end, version);
    checkText(bytes, publish.topicStart, publish.topicEnd);
    if (publish.topicAlias === 0) topicName(bytes.toString("utf8", publish.topicStart, publish.topicEnd));
    return true;
  });
}

function isHot(row: MalformedPacket): boolean {
  const type = Number.parseInt(row.hex.slice(0, 1), 16);
  return type >= PacketType.publish && type <= PacketType.pubcomp;
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

for (const row of malformedPackets.filter(isHot)) {
  test(`${row.version}: ${row.name} is refused on the hot path`, () => {
    // An empty topic is what only the alias table can judge; here it is a bad name.
    const reasonCode = row.name.includes("empty topic") ? 0x90 : row.reasonCode;
    assert.throws(() => readHot(row.hex, row.version), { name: "ProtocolError", reasonCode });
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
