import {
  noProperties,
  PacketType,
  ProtocolError,
  type ProtocolVersion,
  ReasonCode,
  type UnsubackPacket,
} from "../protocol/mod.ts";
import { wholeSize, writeFixedHeader } from "./fixed-header.ts";
import { decodeProperties, encodeProperties, propertiesSize } from "./properties.ts";
import { Reader } from "./reader.ts";
import { writeUint16 } from "./write-field.ts";

// UNSUBACK (MQTT 5.0 section 3.11)
//
//   packet id      2 bytes
//   properties     length { Reason String? User Property* }     5.0 only
//   code+          1 byte a filter                              5.0 only

/** [MQTT-3.11.3-2], section 3.11.3 */
const codes: ReadonlySet<number> = new Set([
  ReasonCode.success,
  ReasonCode.noSubscriptionExisted,
  ReasonCode.unspecifiedError,
  ReasonCode.implementationSpecificError,
  ReasonCode.notAuthorized,
  ReasonCode.topicFilterInvalid,
  ReasonCode.packetIdentifierInUse,
]);

/** @throws ProtocolError 0x81, 0x82 */
export function decodeUnsuback(bytes: Buffer, start: number, end: number, version: ProtocolVersion): UnsubackPacket {
  const reader = new Reader(bytes, start, end);
  const packetId = reader.packetId();
  const reasonCodes: ReasonCode[] = [];
  if (version !== 5) {
    reader.finish();
    return { type: "unsuback", packetId, reasonCodes, properties: noProperties };
  }
  const properties = decodeProperties(reader, "acknowledgement");
  if (reader.isAtEnd()) throw new ProtocolError(ReasonCode.protocolError, "MQTT-3.11.3-1", "UNSUBACK without a code");
  while (!reader.isAtEnd()) {
    const code = reader.byte();
    if (!codes.has(code)) {
      throw new ProtocolError(ReasonCode.protocolError, "MQTT-3.11.3-2", "an undefined UNSUBACK code");
    }
    reasonCodes.push(code as ReasonCode);
  }
  return { type: "unsuback", packetId, reasonCodes, properties };
}

function remainingLength(packet: UnsubackPacket, version: ProtocolVersion): number {
  return version === 5 ? 2 + propertiesSize(packet.properties) + packet.reasonCodes.length : 2;
}

/** Bytes of the whole packet. */
export function unsubackSize(packet: UnsubackPacket, version: ProtocolVersion): number {
  return wholeSize(remainingLength(packet, version));
}

/** Writes the packet at `at`, where {@link unsubackSize} bytes are free, and answers where it ends. */
export function encodeUnsuback(target: Buffer, at: number, packet: UnsubackPacket, version: ProtocolVersion): number {
  let next = writeFixedHeader(target, at, PacketType.unsuback, remainingLength(packet, version));
  next = writeUint16(target, next, packet.packetId);
  if (version !== 5) return next;
  next = encodeProperties(target, next, packet.properties);
  for (const code of packet.reasonCodes) target[next++] = code;
  return next;
}
