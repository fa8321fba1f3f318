import {
  isFailure,
  noProperties,
  PacketType,
  ProtocolError,
  type ProtocolVersion,
  ReasonCode,
  type SubackPacket,
} from "../protocol/mod.ts";
import { wholeSize, writeFixedHeader } from "./fixed-header.ts";
import { decodeProperties, encodeProperties, propertiesSize } from "./properties.ts";
import { Reader } from "./reader.ts";
import { writeUint16 } from "./write-field.ts";

// SUBACK (MQTT 5.0 section 3.9)
//
//   packet id      2 bytes
//   properties     length { Reason String? User Property* }     5.0 only
//   code+          1 byte a filter: granted QoS or failure; 3.1.1 has one failure, 0x80, and 3.1 has none

/** [MQTT-3.9.3-2], section 3.9.3 */
const codes5: ReadonlySet<number> = new Set([
  ReasonCode.grantedQos0,
  ReasonCode.grantedQos1,
  ReasonCode.grantedQos2,
  ReasonCode.unspecifiedError,
  ReasonCode.implementationSpecificError,
  ReasonCode.notAuthorized,
  ReasonCode.topicFilterInvalid,
  ReasonCode.packetIdentifierInUse,
  ReasonCode.quotaExceeded,
  ReasonCode.sharedSubscriptionsNotSupported,
  ReasonCode.subscriptionIdentifiersNotSupported,
  ReasonCode.wildcardSubscriptionsNotSupported,
]);

function isSubackCode(code: number, version: ProtocolVersion): boolean {
  return version === 5 ? codes5.has(code) : code <= 2 || (version === 4 && code === ReasonCode.unspecifiedError);
}

/** @throws ProtocolError 0x81, 0x82 */
export function decodeSuback(bytes: Buffer, start: number, end: number, version: ProtocolVersion): SubackPacket {
  const reader = new Reader(bytes, start, end);
  const packetId = reader.packetId();
  const properties = version === 5 ? decodeProperties(reader, "acknowledgement") : noProperties;
  if (reader.isAtEnd()) throw new ProtocolError(ReasonCode.protocolError, "MQTT-3.8.4-6", "SUBACK without a code");
  const reasonCodes: ReasonCode[] = [];
  while (!reader.isAtEnd()) {
    const code = reader.byte();
    if (!isSubackCode(code, version)) {
      throw new ProtocolError(ReasonCode.protocolError, "MQTT-3.9.3-2", "an undefined SUBACK code");
    }
    reasonCodes.push(code as ReasonCode);
  }
  return { type: "suback", packetId, reasonCodes, properties };
}

function remainingLength(packet: SubackPacket, version: ProtocolVersion): number {
  return 2 + (version === 5 ? propertiesSize(packet.properties) : 0) + packet.reasonCodes.length;
}

/** Bytes of the whole packet. */
export function subackSize(packet: SubackPacket, version: ProtocolVersion): number {
  return wholeSize(remainingLength(packet, version));
}

/**
 * Writes the packet at `at`, where {@link subackSize} bytes are free, and answers where it ends. Each failure becomes
 * 0x80 for 3.1.1 [MQTT-3.9.3-2]. 3.1 has no way to say it: there it is answered as granted at QoS 0.
 */
export function encodeSuback(target: Buffer, at: number, packet: SubackPacket, version: ProtocolVersion): number {
  let next = writeFixedHeader(target, at, PacketType.suback, remainingLength(packet, version));
  next = writeUint16(target, next, packet.packetId);
  if (version === 5) next = encodeProperties(target, next, packet.properties);
  const failure = version === 4 ? ReasonCode.unspecifiedError : ReasonCode.grantedQos0;
  for (const code of packet.reasonCodes) target[next++] = version !== 5 && isFailure(code) ? failure : code;
  return next;
}
