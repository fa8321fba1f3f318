import { ProtocolError, ReasonCode } from "../protocol/mod.ts";

function malformed(rule: string, message: string): ProtocolError {
  return new ProtocolError(ReasonCode.malformedPacket, rule, message);
}

/**
 * Checks that `bytes[start..end)` is a UTF-8 Encoded String's content (MQTT 5.0 section 1.5.4).
 * @throws ProtocolError 0x81 on ill-formed UTF-8 (RFC 3629), an encoded surrogate or U+0000
 */
export function checkText(bytes: Buffer, start: number, end: number): void {
  for (let at = start; at < end;) {
    const byte = bytes[at] as number;
    if (byte < 0x80) {
      // [MQTT-1.5.4-2]
      if (byte === 0) throw malformed("MQTT-1.5.4-2", "a string holds U+0000");
      at++;
    } else {
      at += sequenceLength(bytes, at, end);
    }
  }
}

/** Length of the well-formed multi-byte sequence at `at` (RFC 3629 section 4, the table of UTF8-2, UTF8-3, UTF8-4). */
function sequenceLength(bytes: Buffer, at: number, end: number): number {
  const first = bytes[at] as number;
  const second = at + 1 < end ? (bytes[at + 1] as number) : 0;
  let length: number;
  let low = 0x80;
  let high = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2;
  } else if (first >= 0xe0 && first <= 0xef) {
    length = 3;
    if (first === 0xe0) low = 0xa0;
    // [MQTT-1.5.4-1] ED A0..BF would be a surrogate.
    else if (first === 0xed) high = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4;
    if (first === 0xf0) low = 0x90;
    else if (first === 0xf4) high = 0x8f;
  } else {
    throw malformed("MQTT-1.5.4-1", "a string is not well-formed UTF-8");
  }
  let wrong = second < low || second > high || at + length > end;
  for (let next = at + 2; !wrong && next < at + length; next++) wrong = ((bytes[next] as number) & 0xc0) !== 0x80;
  if (wrong) throw malformed("MQTT-1.5.4-1", "a string is not well-formed UTF-8");
  return length;
}

/** Checks the length-prefixed string at `at` and answers where it ends. */
export function checkString(bytes: Buffer, at: number, end: number): number {
  const next = binaryEnd(bytes, at, end);
  checkText(bytes, at + 2, next);
  return next;
}

/** Where the length-prefixed field at `at` (Binary Data, section 1.5.6, or a string) ends; 0x81 beyond `end`. */
export function binaryEnd(bytes: Buffer, at: number, end: number): number {
  if (at + 2 > end) throw malformed("1.5.6", "the packet ends inside a length");
  const next = at + 2 + (((bytes[at] as number) << 8) | (bytes[at + 1] as number));
  if (next > end) throw malformed("1.5.6", "a field is longer than its packet");
  return next;
}
