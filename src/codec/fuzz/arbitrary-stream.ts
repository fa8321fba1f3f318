import fc from "fast-check";
import { encodePacket } from "../mod.ts";
import { arbitraryPacket, type Form, forms } from "./arbitrary-packet.ts";

/** Bytes that one side sends. */
export interface Stream extends Form {
  readonly bytes: Buffer;
}

/** One change to a stream: at a place (a share of its length) a byte is replaced, inserted or removed. */
interface Mutation {
  readonly place: number;
  readonly byte: number;
  readonly kind: "replace" | "insert" | "remove" | "flip";
}

const arbitraryMutation: fc.Arbitrary<Mutation> = fc.record({
  place: fc.nat(999),
  // Mostly the values that mean something in a header, a length or a property identifier.
  byte: fc.oneof(fc.nat(0x2a), fc.constantFrom(0x7f, 0x80, 0xff), fc.nat(0xff)),
  kind: fc.constantFrom("replace", "insert", "remove", "flip"),
});

function mutate(bytes: Buffer, { place, byte, kind }: Mutation): Buffer {
  const at = Math.floor((place * bytes.length) / 1000);
  const rest = bytes.subarray(kind === "insert" ? at : at + 1);
  const old = bytes[at] ?? 0;
  const between = { replace: [byte], insert: [byte], remove: [], flip: [old ^ (1 << (byte & 7))] }[kind];
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(between), rest]);
}

function packets(form: Form): fc.Arbitrary<Buffer> {
  const packet = arbitraryPacket(form).map((value) => encodePacket(value, form.version));
  return fc.array(packet, { minLength: 1, maxLength: 5 }).map((list) => Buffer.concat(list));
}

/** A fixed header whose length is right, before a body of anything. */
const anyBody: fc.Arbitrary<Buffer> = fc
  .tuple(fc.nat(0xff), fc.uint8Array({ maxLength: 100 }))
  .map(([first, body]) => Buffer.concat([Buffer.of(first, body.length), body]));

/** Whole packets and nothing else. */
export const arbitraryPackets: fc.Arbitrary<Stream> = fc.oneof(
  ...forms.map((form) => packets(form).map((bytes) => ({ ...form, bytes }))),
);

function anyOf(form: Form): fc.Arbitrary<Buffer> {
  const mutated = fc
    .tuple(packets(form), fc.array(arbitraryMutation, { minLength: 1, maxLength: 4 }))
    .map(([bytes, mutations]) => mutations.reduce(mutate, bytes));
  const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
  return fc.oneof(
    { weight: 4, arbitrary: mutated },
    { weight: 2, arbitrary: anyBody },
    { weight: 1, arbitrary: noise },
  );
}

/** Packets with a few bytes changed, right headers before wrong bodies, and noise. */
export const arbitraryStream: fc.Arbitrary<Stream> = fc.oneof(
  ...forms.map((form) => anyOf(form).map((bytes) => ({ ...form, bytes }))),
);
