/** Values packed into one stretch of memory, which is moved and not copied: for each its length (4), and itself. */
export type PackedValues = Uint8Array<ArrayBuffer>;

/** Packs values. @param allocate gives memory of so many bytes that nothing else has a part in */
export function packValues(
  values: readonly Buffer[],
  allocate: (size: number) => Buffer<ArrayBuffer> = (size) => Buffer.from(new ArrayBuffer(size)),
): PackedValues {
  let size = 0;
  for (const { length } of values) size += 4 + length;
  const packed = allocate(size);
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
