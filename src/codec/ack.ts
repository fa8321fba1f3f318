import {
  type AckPacket,
  noProperties,
  PacketType,
  ProtocolError,
  type ProtocolVersion,
  ReasonCode,
} from "../protocol/mod.ts";
import { wholeSize, writeFixedHeader } from "./fixed-header.ts";
import { decodeProperties, encodeProperties, propertiesSize } from "./properties.ts";
import { PropertyId } from "./property-id.ts";
import { Reader } from "./reader.ts";
import { checkString } from "./text.ts";
import { readVariableByteInteger, variableByteIntegerSize } from "./variable-byte-integer.ts";
import { writeUint16 } from "./write-field.ts";

// PUBACK, PUBREC, PUBREL, PUBCOMP (MQTT 5.0 sections 3.4 to 3.7)
//
//   fixed header   type | 0000 (PUBREL 0010), remaining length
//   packet id      2 bytes
//   reason code    1 byte, absent: success                      5.0 only
//   properties     length { Reason String? User Property* }, absent: none   5.0 only

/** What {@link decodeAck} fills. One per shard. */
export class AckFrame {
  packetId = 0;
  reasonCode = 0;
}

const notFound = ReasonCode.packetIdentifierNotFound;

/** [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1] */
function isAckCode(type: PacketType, code: number): boolean {
  if (code === 0) return true;
  if (type === PacketType.pubrel || type === PacketType.pubcomp) return code === notFound;
  switch (code) {
    case ReasonCode.noMatchingSubscribers:
    case ReasonCode.unspecifiedError:
    case ReasonCode.implementationSpecificError:
    case ReasonCode.notAuthorized:
    case ReasonCode.topicNameInvalid:
    case ReasonCode.packetIdentifierInUse:
    case ReasonCode.quotaExceeded:
    case ReasonCode.payloadFormatInvalid:
      return true;
    default:
      return false;
  }
}

function fail(code: ReasonCode, rule: string, message: string): never {
  throw new ProtocolError(code, rule, message);
}

/**
 * Reads the body of an acknowledgement; its flags were checked with the fixed header.
 * @throws ProtocolError 0x81, 0x82
 */
export function decodeAck(
  into: AckFrame,
  type: PacketType,
  bytes: Buffer,
  start: number,
  end: number,
  version: ProtocolVersion,
): void {
  if (start + 2 > end) fail(ReasonCode.malformedPacket, "2.2.1", "an acknowledgement without packet identifier");
  into.packetId = ((bytes[start] as number) << 8) | (bytes[start + 1] as number);
  into.reasonCode = 0;
  // [MQTT-2.2.1-5] No PUBLISH has identifier 0, so nothing can acknowledge it.
  if (into.packetId === 0) fail(ReasonCode.protocolError, "MQTT-2.2.1-5", "an acknowledgement of packet identifier 0");
  let at = start + 2;
  if (at === end) return;
  if (version !== 5) fail(ReasonCode.malformedPacket, "3.4.1", "surplus bytes behind an acknowledgement");
  const code = bytes[at] as number;
  if (!isAckCode(type, code)) fail(ReasonCode.protocolError, "MQTT-3.4.2-1", "an undefined reason code");
  into.reasonCode = code;
  at++;
  if (at < end) checkAckProperties(bytes, at, end);
}

/** Reason String and User Properties of an acknowledgement go nowhere, but they have to be well-formed. */
function checkAckProperties(bytes: Buffer, start: number, end: number): void {
  const length = readVariableByteInteger(bytes, start, end);
  let at = start + variableByteIntegerSize(length);
  if (at + length !== end) fail(ReasonCode.malformedPacket, "2.2.2", "the property length does not fit the packet");
  let reasonSeen = false;
  while (at < end) {
    const id = bytes[at] as number;
    if (id === PropertyId.userProperty) {
      at = checkString(bytes, checkString(bytes, at + 1, end), end);
    } else if (id === PropertyId.reasonString) {
      if (reasonSeen) fail(ReasonCode.protocolError, "3.4.2.2.2", "Reason String stands twice");
      reasonSeen = true;
      at = checkString(bytes, at + 1, end);
    } else {
      fail(ReasonCode.malformedPacket, "2.2.2.2", "a property that an acknowledgement cannot have");
    }
  }
}

/** Writes an acknowledgement in its shortest form; at most {@link ackSizeMax} bytes. Answers where it ends. */
export function encodeAck(
  target: Buffer,
  at: number,
  type: PacketType,
  packetId: number,
  reasonCode: number,
  version: ProtocolVersion,
): number {
  // [MQTT-3.6.1-1]
  target[at] = (type << 4) | (type === PacketType.pubrel ? 2 : 0);
  target[at + 2] = packetId >> 8;
  target[at + 3] = packetId & 0xff;
  // Sections 3.4.2.1 and its like: code 0x00 without properties may be left out, and always is in 3.1 and 3.1.1.
  if (version !== 5 || reasonCode === 0) {
    target[at + 1] = 2;
    return at + 4;
  }
  target[at + 1] = 3;
  target[at + 4] = reasonCode;
  return at + 5;
}

/** Bytes that {@link encodeAck} writes at most. */
export const ackSizeMax = 5;

/**
 * Reads an acknowledgement with its properties: for tools and tests, the broker itself has no use for them.
 * @throws ProtocolError 0x81, 0x82
 */
export function decodeAckPacket(
  type: AckPacket["type"],
  bytes: Buffer,
  start: number,
  end: number,
  version: ProtocolVersion,
): AckPacket {
  const frame = new AckFrame();
  decodeAck(frame, PacketType[type], bytes, start, end, version);
  const propertiesStart = start + 3;
  const properties =
    propertiesStart < end ? decodeProperties(new Reader(bytes, propertiesStart, end), "acknowledgement") : noProperties;
  return { type, packetId: frame.packetId, reasonCode: frame.reasonCode as ReasonCode, properties };
}

function remainingLength(packet: AckPacket, version: ProtocolVersion): number {
  if (version !== 5) return 2;
  const properties = propertiesSize(packet.properties);
  if (properties > 1) return 3 + properties;
  return packet.reasonCode === ReasonCode.success ? 2 : 3;
}

/** Bytes of the whole packet, properties included. */
export function ackPacketSize(packet: AckPacket, version: ProtocolVersion): number {
  return wholeSize(remainingLength(packet, version));
}

/**
 * Writes an acknowledgement that may have properties at `at`, where {@link ackPacketSize} bytes are free, and answers
 * where it ends. One that has none is written as by {@link encodeAck}.
 */
export function encodeAckPacket(target: Buffer, at: number, packet: AckPacket, version: ProtocolVersion): number {
  const remaining = remainingLength(packet, version);
  const type = PacketType[packet.type];
  if (remaining <= 3) return encodeAck(target, at, type, packet.packetId, packet.reasonCode, version);
  const next = writeUint16(target, writeFixedHeader(target, at, type, remaining), packet.packetId);
  target[next] = packet.reasonCode;
  return encodeProperties(target, next + 1, packet.properties);
}
