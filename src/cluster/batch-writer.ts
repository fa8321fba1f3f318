/** Bytes that a batch has room for when it begins. */
const initialBytes = 4096;

/** Writes the records of one batch: the bytes that one shard sends another in one turn. */
export class BatchWriter {
  bytes: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(initialBytes);
  /** Where the next record begins. */
  at = 0;

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    const wanted = this.at + size;
    if (wanted <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  /** Sixteen bits. */
  short(value: number): void {
    this.reserve(2);
    this.at = this.bytes.writeUInt16LE(value, this.at);
  }

  /** Thirty-two bits, unsigned. */
  word(value: number): void {
    this.reserve(4);
    this.at = this.bytes.writeUInt32LE(value, this.at);
  }

  /** Any number. */
  number(value: number): void {
    this.reserve(8);
    this.at = this.bytes.writeDoubleLE(value, this.at);
  }

  /** Text of 65,535 bytes at most, as MQTT's own strings. */
  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.short(size);
    this.reserve(size);
    this.at += this.bytes.write(value, this.at);
  }

  /** Bytes with their length before them. */
  data(value: Uint8Array): void {
    this.word(value.length);
    this.copy(value, 0, value.length);
  }

  /** Bytes `start` to `end` of `source` as they are. */
  copy(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.bytes.set(source.subarray(start, end), this.at);
    this.at += end - start;
  }

  /** The batch, given away; the writer begins a new one. */
  take(): Uint8Array<ArrayBuffer> {
    const batch = this.bytes.subarray(0, this.at);
    this.bytes = Buffer.allocUnsafeSlow(initialBytes);
    this.at = 0;
    return batch;
  }
}
