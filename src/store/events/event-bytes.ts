import { eventHead } from "./event-type.ts";

const initialBytes = 64 * 1024;

/** One growing stretch of memory that events are written into, one behind the other. */
export class EventBytes {
  bytes: Buffer = Buffer.allocUnsafeSlow(initialBytes);
  /** Bytes written. */
  used = 0;

  /** Begins an event whose rest has at most `length` bytes; answers where the rest begins. */
  begin(type: number, length: number): number {
    const at = this.used;
    if (at + eventHead + length > this.bytes.length) this.#grow(at + eventHead + length);
    this.bytes[at] = type;
    return at + eventHead;
  }

  /** Ends the event that began last; its rest ends at `end`. */
  end(end: number): void {
    this.bytes.writeUInt32BE(end - this.used - eventHead, this.used + 1);
    this.used = end;
  }

  /** Forgets everything; a stretch that one burst made large is given back. */
  clear(): void {
    if (this.bytes.length > 16 * 1024 * 1024 && this.used < this.bytes.length / 4) {
      this.bytes = Buffer.allocUnsafeSlow(initialBytes);
    }
    this.used = 0;
  }

  /** Writes a session, body or sequence number; answers where it ends. */
  number(value: number, at: number): number {
    const { bytes } = this;
    const high = Math.floor(value / 0x1_0000_0000);
    const low = value >>> 0;
    bytes[at] = high >>> 8;
    bytes[at + 1] = high;
    bytes[at + 2] = low >>> 24;
    bytes[at + 3] = low >>> 16;
    bytes[at + 4] = low >>> 8;
    bytes[at + 5] = low;
    return at + 6;
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.used);
    this.bytes = grown;
  }
}
