import assert from "node:assert/strict";
import fc from "fast-check";
import { fuzz, type FuzzBudget, fuzzFromCommandLine } from "../../../test/kit/fuzz-run.ts";
import { decodePacket, encodePacket, feed, type FrameTarget, packetSize, writePacket } from "../mod.ts";
import type { Packet } from "../../protocol/mod.ts";
import { arbitrarySentPacket, type SentPacket } from "./arbitrary-packet.ts";

const guard = 0xaa;
const before = 3;
const after = 5;

/** The packets that the bytes are. */
function readAll(bytes: Buffer, { version, sender }: SentPacket): Packet[] {
  const packets: Packet[] = [];
  const target: FrameTarget = {
    partial: null,
    packetSizeMax: bytes.length,
    onFrame(first, body, start, end) {
      packets.push(decodePacket(first, body, start, end, version, sender));
      return true;
    },
  };
  feed(target, bytes, 0, bytes.length);
  return packets;
}

function checkRoundTrip(sent: SentPacket): void {
  const { packet, version } = sent;
  const bytes = encodePacket(packet, version);
  assert.deepEqual(readAll(bytes, sent), [packet]);
  // In the middle of a larger buffer the same bytes are written, and not one beside them.
  const size = packetSize(packet, version);
  const arena = Buffer.alloc(before + size + after, guard);
  assert.equal(writePacket(arena, before, packet, version), before + size);
  const expected = Buffer.concat([Buffer.alloc(before, guard), bytes, Buffer.alloc(after, guard)]);
  assert.ok(arena.equals(expected), "a packet is written otherwise in the middle of a buffer");
}

/** Whatever packet is written is read back the same, in every version and from both sides. */
export function run(budget: FuzzBudget): number {
  return fuzz(fc.property(arbitrarySentPacket, checkRoundTrip), budget);
}

if (import.meta.main) fuzzFromCommandLine("codec/round-trip", run);
