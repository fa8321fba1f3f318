import { ProtocolError, ReasonCode } from "../protocol/mod.ts";

// Variable Byte Integer (MQTT 5.0 section 1.5.5): seven bits a byte, low ones first, bit 7 says that more follows.

/** Largest value, 268,435,455. */
export const variableByteIntegerMax = 0x0fff_ffff;

/** Bytes that the shortest encoding takes [MQTT-1.5.5-1]. */
export function variableByteIntegerSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x20_0000 ? 3 : 4;
}

/** Writes the shortest encoding and answers where it ends. */
export function writeVariableByteInteger(target: Buffer, at: number, value: number): number {
  let rest = value;
  let next = at;
  while (rest >= 0x80) {
    target[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[next++] = rest;
  return next;
}

/**
 * Reads the integer at `at`; it takes `variableByteIntegerSize(value)` bytes.
 * @throws ProtocolError 0x81 if it is longer than four bytes, longer than needed, or goes beyond `end`
 */
export function readVariableByteInteger(bytes: Buffer, at: number, end: number): number {
  let value = 0;
  for (let index = 0; index < 4 && at + index < end; index++) {
    const byte = bytes[at + index] as number;
    value |= (byte & 0x7f) << (7 * index);
    if (byte >= 0x80) continue;
    if (byte === 0 && index > 0) break;
    return value;
  }
  throw new ProtocolError(ReasonCode.malformedPacket, "MQTT-1.5.5-1", "a variable byte integer is malformed");
}
