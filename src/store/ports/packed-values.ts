import type { PackedValues } from "./store-message.ts";

/** Packs values for a message to another thread. */
export function packValues(values: readonly Buffer[]): PackedValues {
  let size = 0;
  for (const { length } of values) size += 4 + length;
  const packed = Buffer.from(new ArrayBuffer(size));
  let at = 0;
  for (const value of values) {
    at = packed.writeUInt32BE(value.length, at);
    at += value.copy(packed, at);
  }
  return packed;
}

/** The values that {@link packValues} packed; views of the same memory. */
export function unpackValues(packed: PackedValues): Buffer[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const values: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    values.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return values;
}
