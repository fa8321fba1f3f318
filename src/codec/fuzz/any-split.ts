import assert from "node:assert/strict";
import fc from "fast-check";
import { fuzz, type FuzzBudget, fuzzFromCommandLine } from "../../../test/kit/fuzz-run.ts";
import { arbitraryPackets, arbitraryStream } from "./arbitrary-stream.ts";
import { type FrameLog, LoggingTarget } from "./frame-log.ts";

/** Above this length not every offset is tried: the cost grows with its square. */
const everyOffsetMax = 300;

interface Case {
  readonly bytes: Buffer;
  /** Where the bytes are cut, as shares of their length. */
  readonly cuts: readonly number[];
  /** Numbers of the packets at which the receiver stops for a while. */
  readonly parksAt: readonly number[];
}

const arbitraryCase: fc.Arbitrary<Case> = fc.record({
  bytes: fc.oneof(arbitraryPackets, arbitraryStream).map((stream) => stream.bytes),
  cuts: fc.array(fc.nat(999), { maxLength: 12 }),
  parksAt: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }),
});

function whole(bytes: Buffer): FrameLog {
  const target = new LoggingTarget();
  target.receive(bytes);
  return target.log;
}

/** The pieces one after the other, each in memory of its own that is gone once it was received. */
function inPieces(target: LoggingTarget, bytes: Buffer, offsets: readonly number[]): FrameLog {
  let start = 0;
  for (const [index, end] of [...offsets, bytes.length].entries()) {
    const piece = Buffer.from(bytes.subarray(start, end));
    target.receive(piece);
    piece.fill(0xee);
    // Now and then it goes on only after more has arrived.
    if (index % 3 === 0) target.unpark();
    start = end;
  }
  target.unpark();
  return target.log;
}

function checkSplits({ bytes, cuts, parksAt }: Case): void {
  const expected = whole(bytes);
  const offsets = cuts.map((cut) => Math.floor((cut * bytes.length) / 1000)).toSorted((a, b) => a - b);
  assert.deepEqual(inPieces(new LoggingTarget(), bytes, offsets), expected);
  assert.deepEqual(inPieces(new LoggingTarget(parksAt), bytes, offsets), expected);
  if (bytes.length > everyOffsetMax) return;
  for (let offset = 0; offset <= bytes.length; offset++) {
    assert.deepEqual(inPieces(new LoggingTarget(), bytes, [offset]), expected, `split at ${offset}`);
  }
  const eachByte = Array.from(bytes.keys());
  assert.deepEqual(inPieces(new LoggingTarget(parksAt), bytes, eachByte), expected, "byte by byte");
}

/** The same bytes give the same packets however they are cut, and whenever the receiver stops and goes on. */
export function run(budget: FuzzBudget): number {
  return fuzz(fc.property(arbitraryCase, checkSplits), budget);
}

if (import.meta.main) fuzzFromCommandLine("codec/any-split", run);
