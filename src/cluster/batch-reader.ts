import { assert } from "../base/mod.ts";

/** Reads the records of one batch in the order in which they were written. */
export class BatchReader {
  readonly bytes: Buffer;
  at = 0;

  constructor(batch: Uint8Array) {
    this.bytes = Buffer.from(batch.buffer, batch.byteOffset, batch.length);
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    return this.bytes[this.skip(1)] as number;
  }

  short(): number {
    return this.bytes.readUInt16LE(this.skip(2));
  }

  word(): number {
    return this.bytes.readUInt32LE(this.skip(4));
  }

  number(): number {
    return this.bytes.readDoubleLE(this.skip(8));
  }

  text(): string {
    const size = this.short();
    const start = this.skip(size);
    return this.bytes.toString("utf8", start, start + size);
  }

  /** A view, not a copy. */
  data(): Buffer {
    const size = this.word();
    const start = this.skip(size);
    return this.bytes.subarray(start, start + size);
  }

  /** Goes `size` bytes on, and answers where it was. */
  skip(size: number): number {
    const start = this.at;
    this.at = start + size;
    assert(this.at <= this.bytes.length, "a batch ends within a record");
    return start;
  }
}
