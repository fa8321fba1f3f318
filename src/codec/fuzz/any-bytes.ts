import assert from "node:assert/strict";
import fc from "fast-check";
import { fuzz, type FuzzBudget, fuzzFromCommandLine } from "../../../test/kit/fuzz-run.ts";
import { PacketType, ProtocolError } from "../../protocol/mod.ts";
import {
  decodePacket,
  decodePublish,
  encodePacket,
  feed,
  type FrameTarget,
  PublishFrame,
  sniffVersion,
} from "../mod.ts";
import { decodeProperties } from "../properties.ts";
import { decodePublishStart } from "../publish.ts";
import { Reader } from "../reader.ts";
import { arbitraryStream, type Stream } from "./arbitrary-stream.ts";

/** The reason code that a step is refused with, 0 if it is not refused. Anything but a ProtocolError comes through. */
function refusal(step: () => void): number {
  try {
    step();
    return 0;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    assert.ok(error.reasonCode >= 0x80 && error.rule !== "" && error.message !== "");
    return error.reasonCode;
  }
}

/** What was read is written and read again as the same. */
function checkSame(frame: { first: number; body: Buffer }, { version, sender }: Stream): void {
  const packet = decodePacket(frame.first, frame.body, 0, frame.body.length, version, sender);
  const again = encodePacket(packet, version);
  const target: FrameTarget = {
    partial: null,
    packetSizeMax: again.length,
    onFrame(first, bytes, start, end) {
      assert.deepEqual(decodePacket(first, bytes, start, end, version, sender), packet);
      return true;
    },
  };
  feed(target, again, 0, again.length);
  assert.equal(target.partial, null);
}

/** PUBLISH is read in two ways, by hand on the hot path and by the table of properties: both judge alike. */
function checkBothWays(first: number, body: Buffer): void {
  const frame = new PublishFrame();
  const byHand = refusal(() => decodePublish(frame, first, body, 0, body.length, 5));
  const byTable = refusal(() => {
    const start = decodePublishStart(new PublishFrame(), first, body, 0, body.length, 5);
    const reader = new Reader(body, start, body.length);
    const properties = decodeProperties(reader, "clientPublish");
    if (byHand !== 0) return;
    assert.equal(frame.payloadStart, reader.at);
    assert.equal(frame.topicAlias, properties.topicAlias ?? 0);
    assert.equal(frame.messageExpiryInterval, properties.messageExpiryInterval ?? -1);
    assert.equal(frame.payloadIsText, properties.payloadFormatIndicator === 1);
  });
  assert.equal(byHand, byTable);
}

function survive(stream: Stream): void {
  const { bytes, version, sender } = stream;
  let frames = 0;
  const target: FrameTarget = {
    partial: null,
    packetSizeMax: 1_000_000,
    onFrame(first, received, start, end) {
      frames++;
      const body = Buffer.from(received.subarray(start, end));
      sniffVersion(received, start, end);
      if (refusal(() => decodePacket(first, received, start, end, version, sender)) === 0) {
        checkSame({ first, body }, stream);
      }
      if (first >> 4 === PacketType.publish && version === 5 && sender === "client") checkBothWays(first, body);
      return true;
    },
  };
  refusal(() => feed(target, bytes, 0, bytes.length));
  assert.ok(frames * 2 <= bytes.length, "more packets came out than bytes went in");
}

/** Any bytes are read or refused with a reason code; nothing else is thrown, nothing is read that cannot be written. */
export function run(budget: FuzzBudget): number {
  return fuzz(fc.property(arbitraryStream, survive), budget);
}

if (import.meta.main) fuzzFromCommandLine("codec/any-bytes", run);
