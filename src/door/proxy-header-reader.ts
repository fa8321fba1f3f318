import { binaryPrefixBytes, binarySignature, parseBinaryHeader } from "./proxy-header-binary.ts";
import { parseTextHeader, textHeaderBytesMax } from "./proxy-header-text.ts";
import { type ProxyHeader, ProxyHeaderError } from "./proxy-header.ts";

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** Reads one PROXY header of either version from a stream that may be cut anywhere. */
export class ProxyHeaderReader {
  /** Set when {@link push} has found the end of the header. */
  header: ProxyHeader | null = null;
  #bytes: Buffer = Buffer.allocUnsafe(256);
  #length = 0;

  /**
   * Takes the bytes `bytes[start..end)`.
   * @returns where the bytes behind the header begin, or -1 while it is not complete
   * @throws ProxyHeaderError as soon as it cannot become a header
   */
  push(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const wanted = this.#wanted();
      const taken = Math.min(wanted, end - at);
      this.#append(bytes, at, at + taken);
      at += taken;
      if (taken === wanted && this.#finish()) return at;
    }
    return -1;
  }

  /** Bytes until something can be decided; never beyond the end of the header. */
  #wanted(): number {
    const length = this.#length;
    if (length === 0 || this.#bytes[0] !== carriageReturn) return 1;
    if (length < binaryPrefixBytes) return binaryPrefixBytes - length;
    return binaryPrefixBytes + this.#bytes.readUInt16BE(14) - length;
  }

  #append(bytes: Buffer, from: number, to: number): void {
    const length = this.#length + to - from;
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    bytes.copy(this.#bytes, this.#length, from, to);
    this.#length = length;
  }

  #finish(): boolean {
    const known = this.#bytes.subarray(0, this.#length);
    this.header = known[0] === carriageReturn ? finishBinary(known) : finishText(known);
    return this.header !== null;
  }
}

function finishBinary(bytes: Buffer): ProxyHeader | null {
  if (bytes.length < binaryPrefixBytes) return null;
  if (!bytes.subarray(0, binarySignature.length).equals(binarySignature)) throw new ProxyHeaderError("no PROXY header");
  const whole = bytes.length === binaryPrefixBytes + bytes.readUInt16BE(14);
  return whole ? parseBinaryHeader(bytes) : null;
}

function finishText(bytes: Buffer): ProxyHeader | null {
  const start = bytes.toString("latin1", 0, 6);
  if (!"PROXY ".startsWith(start)) throw new ProxyHeaderError("no PROXY header");
  if (bytes.at(-1) === lineFeed && bytes.at(-2) === carriageReturn) {
    return parseTextHeader(bytes.toString("latin1", 0, bytes.length - 2));
  }
  if (bytes.length >= textHeaderBytesMax) throw new ProxyHeaderError("a PROXY header of version 1 without an end");
  return null;
}
