import assert from "node:assert/strict";
import fc from "fast-check";
import { fuzz, type FuzzBudget, fuzzFromCommandLine } from "../../../test/kit/fuzz-run.ts";
import { ProxyHeaderReader } from "../proxy-header-reader.ts";
import { type ProxyHeader, ProxyHeaderError } from "../proxy-header.ts";
import { binaryHeader, field, sslField, withChecksum } from "./proxy-writer.ts";

const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((values) => Buffer.from(values));

const arbitraryField: fc.Arbitrary<Buffer> = fc.oneof(
  fc.record({ type: fc.nat(255), value: bytes(40) }).map(({ type, value }) => field(type, value)),
  fc
    .record({ client: fc.nat(15), verify: fc.nat(2), version: fc.string(), commonName: fc.string({ unit: "binary" }) })
    .map(sslField),
  bytes(5),
);

const arbitraryBinary: fc.Arbitrary<Buffer> = fc
  .record({
    command: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0x20, 0x21) }, fc.nat(255)),
    family: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0x11, 0x21, 0x31, 0x00) }, fc.nat(255)),
    addresses: fc.oneof(
      fc.constantFrom(12, 36, 216).map((size) => Buffer.alloc(size, 7)),
      bytes(20),
    ),
    fields: fc.array(arbitraryField, { maxLength: 5 }),
    summed: fc.boolean(),
  })
  .map(({ command, family, addresses, fields, summed }) => {
    const sum = summed ? [field(0x03, Buffer.alloc(4))] : [];
    const header = binaryHeader(command, family, addresses, ...fields, ...sum);
    return summed ? withChecksum(header) : header;
  });

const arbitraryText: fc.Arbitrary<Buffer> = fc
  .record({
    family: fc.constantFrom("TCP4", "TCP6", "UNKNOWN", "UDP4", ""),
    source: fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ maxLength: 20 })),
    destination: fc.oneof(fc.ipV4(), fc.ipV6()),
    ports: fc.tuple(fc.nat(70_000), fc.nat(70_000)),
    end: fc.constantFrom("\r\n", "\n", "\r", "", " \r\n"),
  })
  .map(({ family, source, destination, ports, end }) => {
    return Buffer.from(`PROXY ${[family, source, destination, ...ports].join(" ")}${end}`);
  });

const arbitraryCase = fc.record({
  header: fc.oneof(arbitraryBinary, arbitraryText, bytes(60)),
  behind: bytes(30),
  cuts: fc.array(fc.nat(400), { maxLength: 8 }),
});

interface Outcome {
  readonly header: ProxyHeader | null;
  /** Bytes that the header took; -1: it never ended. */
  readonly taken: number;
  readonly refused: boolean;
}

function readInPieces(stream: Buffer, offsets: readonly number[]): Outcome {
  const reader = new ProxyHeaderReader();
  let start = 0;
  for (const end of [...offsets, stream.length]) {
    try {
      // Each piece in memory of its own, which is gone afterwards.
      const piece = Buffer.from(stream.subarray(start, end));
      const next = reader.push(piece, 0, piece.length);
      piece.fill(0xee);
      if (next >= 0) return { header: reader.header, taken: start + next, refused: false };
    } catch (error) {
      if (!(error instanceof ProxyHeaderError)) throw error;
      return { header: null, taken: -1, refused: true };
    }
    start = end;
  }
  return { header: null, taken: -1, refused: false };
}

/** Any bytes are a header, refused, or not yet a header; and it does not matter how they are cut. */
export function run(budget: FuzzBudget): number {
  return fuzz(
    fc.property(arbitraryCase, ({ header, behind, cuts }) => {
      const stream = Buffer.concat([header, behind]);
      const whole = readInPieces(stream, []);
      const offsets = cuts.map((cut) => Math.min(cut, stream.length)).toSorted((a, b) => a - b);
      assert.deepEqual(readInPieces(stream, offsets), whole);
      assert.deepEqual(readInPieces(stream, Array.from(stream.keys())), whole, "byte by byte");
    }),
    budget,
  );
}

if (import.meta.main) fuzzFromCommandLine("door/proxy-header", run);
