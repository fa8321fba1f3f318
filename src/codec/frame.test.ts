import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError } from "../protocol/mod.ts";
import { LoggingTarget } from "./fuzz/frame-log.ts";
import { feed, type FrameTarget, keep, type PartialFrame, resume } from "./frame.ts";

function hex(text: string): Buffer {
  return Buffer.from(text, "hex");
}

function targetOf(packetSizeMax: number): FrameTarget & { partial: PartialFrame | null } {
  return { partial: null, packetSizeMax, onFrame: () => true };
}

test("several packets in one piece come out one by one", () => {
  const target = new LoggingTarget();
  target.receive(hex("c0003003000161c000"));
  assert.deepEqual(target.log, { frames: ["c0", "30000161", "c0"], error: null, waiting: 0 });
});

test("a packet waits for its last byte", () => {
  const target = new LoggingTarget();
  target.receive(hex("3003000161".slice(0, 8)));
  assert.deepEqual(target.log, { frames: [], error: null, waiting: 4 });
  target.receive(hex("61c0"));
  assert.deepEqual(target.log, { frames: ["30000161"], error: null, waiting: 1 });
});

test("a packet above the maximum is refused by its header alone", () => {
  const target = targetOf(100);
  const refused = (error: unknown): boolean => error instanceof ProtocolError && error.reasonCode === 0x95;
  assert.throws(() => feed(target, hex("3063"), 0, 2), refused);
  assert.equal(target.partial, null);
});

test("a packet of exactly the maximum is taken", () => {
  const target = targetOf(100);
  feed(target, hex("3062"), 0, 2);
  assert.equal(target.partial?.length, 2);
});

for (const [header, total] of [
  ["c000", 2],
  ["307f", 129],
  ["308001", 131],
  ["30ff7f", 16_386],
  ["30808001", 16_388],
  ["30ffff7f", 2_097_155],
  ["3080808001", 2_097_157],
  ["30ffffff7f", 268_435_460],
] as const) {
  test(`the header ${header} announces ${total} bytes`, () => {
    const bytes = hex(header);
    feed(targetOf(total), bytes, 0, bytes.length);
    assert.throws(() => feed(targetOf(total - 1), bytes, 0, bytes.length), { reasonCode: 0x95 });
  });
}

test("the maximum holds also where the header comes byte by byte", () => {
  const target = targetOf(1000);
  feed(target, hex("30"), 0, 1);
  feed(target, hex("ff"), 0, 1);
  assert.throws(() => feed(target, hex("7f"), 0, 1), ProtocolError);
});

test("a client that announces 200 MB and sends ten bytes costs a few dozen bytes", () => {
  const target = targetOf(268_435_460);
  feed(target, hex("30ffffff5f0001610000"), 0, 10);
  assert.ok((target.partial?.bytes.length ?? 0) <= 20);
});

test("a fifth length byte is refused before it arrives", () => {
  const target = targetOf(1000);
  assert.throws(() => feed(target, hex("3080808080"), 0, 5), ProtocolError);
});

test("what follows the packet that parked its receiver is kept until it goes on", () => {
  const seen: string[] = [];
  const target: FrameTarget = {
    partial: null,
    packetSizeMax: 100,
    onFrame(first) {
      seen.push(first.toString(16));
      return seen.length !== 1;
    },
  };
  feed(target, hex("c000d000"), 0, 4);
  keep(target, hex("e000"), 0, 2);
  assert.deepEqual(seen, ["c0"]);
  resume(target);
  assert.deepEqual(seen, ["c0", "d0", "e0"]);
  assert.equal(target.partial, null);
});

test("a megabyte in small pieces is one packet", () => {
  const body = Buffer.alloc(1_000_000, 0x61);
  const target: FrameTarget & { body: Buffer } = {
    partial: null,
    packetSizeMax: 2_000_000,
    body: Buffer.alloc(0),
    onFrame(_first, bytes, start, end) {
      this.body = Buffer.from(bytes.subarray(start, end));
      return true;
    },
  };
  const packet = Buffer.concat([hex("30c0843d"), body]);
  for (let at = 0; at < packet.length; at += 1448) feed(target, packet, at, Math.min(at + 1448, packet.length));
  assert.ok(target.body.equals(body));
});
