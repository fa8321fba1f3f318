import { assert } from "../base/mod.ts";

const lengthMax = 0xffff;

// What is too long for its field is a mistake on our side of the wire: whoever makes a packet keeps to the limits. The
// sizes are asked for before anything is written, so they are where it shows.

/** Bytes of a UTF-8 Encoded String with its length. */
export function textSize(text: string): number {
  const length = Buffer.byteLength(text);
  assert(length <= lengthMax, "a string is longer than 65,535 bytes");
  // [MQTT-1.5.4-2]
  assert(!text.includes("\0"), "a string to send holds U+0000");
  return 2 + length;
}

export function writeText(target: Buffer, at: number, text: string): number {
  const length = target.write(text, at + 2);
  writeUint16(target, at, length);
  return at + 2 + length;
}

/** Bytes of Binary Data with its length. */
export function binarySize(data: Uint8Array): number {
  assert(data.length <= lengthMax, "binary data is longer than 65,535 bytes");
  return 2 + data.length;
}

export function writeBinary(target: Buffer, at: number, data: Uint8Array): number {
  target.set(data, writeUint16(target, at, data.length));
  return at + 2 + data.length;
}

export function writeUint16(target: Buffer, at: number, value: number): number {
  target[at] = value >> 8;
  target[at + 1] = value & 0xff;
  return at + 2;
}
