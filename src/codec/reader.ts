import { ProtocolError, ReasonCode } from "../protocol/mod.ts";
import { binaryEnd, checkString } from "./text.ts";
import { readVariableByteInteger, variableByteIntegerSize } from "./variable-byte-integer.ts";

function endsEarly(): never {
  throw new ProtocolError(ReasonCode.malformedPacket, "1.5", "the packet ends inside a field");
}

/**
 * Reads the fields of a packet body one after the other. For the packets that are rare: PUBLISH and its
 * acknowledgements are read without an object. Every method throws ProtocolError 0x81 where the field does not fit.
 */
export class Reader {
  readonly bytes: Buffer;
  readonly end: number;
  #at: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.end = end;
    this.#at = start;
  }

  /** Where the next field begins. */
  get at(): number {
    return this.#at;
  }

  isAtEnd(): boolean {
    return this.#at === this.end;
  }

  byte(): number {
    if (this.#at >= this.end) endsEarly();
    return this.bytes[this.#at++] as number;
  }

  uint16(): number {
    if (this.#at + 2 > this.end) endsEarly();
    const value = this.bytes.readUInt16BE(this.#at);
    this.#at += 2;
    return value;
  }

  uint32(): number {
    if (this.#at + 4 > this.end) endsEarly();
    const value = this.bytes.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  variableByteInteger(): number {
    const value = readVariableByteInteger(this.bytes, this.#at, this.end);
    this.#at += variableByteIntegerSize(value);
    return value;
  }

  /** A UTF-8 Encoded String (section 1.5.4). */
  text(): string {
    const start = this.#at + 2;
    this.#at = checkString(this.bytes, this.#at, this.end);
    return this.bytes.toString("utf8", start, this.#at);
  }

  /** Binary Data (section 1.5.6), copied: what was received is gone after the turn. */
  binary(): Uint8Array {
    const start = this.#at + 2;
    this.#at = binaryEnd(this.bytes, this.#at, this.end);
    return copyOf(this.bytes, start, this.#at);
  }

  /** A Packet Identifier (section 2.2.1). */
  packetId(): number {
    const packetId = this.uint16();
    // [MQTT-2.2.1-3] 3.1.1: [MQTT-2.3.1-1]
    if (packetId === 0) throw new ProtocolError(ReasonCode.protocolError, "MQTT-2.2.1-3", "a packet identifier is 0");
    return packetId;
  }

  /** A reader of the next `length` bytes, which this one skips. */
  part(length: number): Reader {
    const start = this.#at;
    if (start + length > this.end) endsEarly();
    this.#at = start + length;
    return new Reader(this.bytes, start, this.#at);
  }

  /** States that the packet is over. */
  finish(): void {
    if (this.#at === this.end) return;
    throw new ProtocolError(ReasonCode.malformedPacket, "1.5", "surplus bytes behind the last field");
  }
}

/** The bytes on their own. */
export function copyOf(bytes: Buffer, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  copy.set(bytes.subarray(start, end));
  return copy;
}
