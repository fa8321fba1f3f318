import {
  type ConnackPacket,
  noProperties,
  PacketType,
  ProtocolError,
  type ProtocolVersion,
  ReasonCode,
} from "../protocol/mod.ts";
import { wholeSize, writeFixedHeader } from "./fixed-header.ts";
import { decodeProperties, encodeProperties, propertiesSize } from "./properties.ts";
import { Reader } from "./reader.ts";

// CONNACK (MQTT 5.0 section 3.2)
//
//   flags          0000000 | session present; in 3.1 always 0
//   code           1 byte: reason code in 5.0, return code 0 to 5 before
//   properties     length { id value }*     5.0 only

/** The return codes of 3.1 and 3.1.1 (3.1.1 section 3.2.2.3), as the reason codes they stand for. */
const reasonByReturnCode: readonly ReasonCode[] = [
  ReasonCode.success,
  ReasonCode.unsupportedProtocolVersion,
  ReasonCode.clientIdentifierNotValid,
  ReasonCode.serverUnavailable,
  ReasonCode.badUserNameOrPassword,
  ReasonCode.notAuthorized,
];

/** The return code that tells a 3.1 or 3.1.1 client the same, or null where there is none. */
function returnCodeOf(reasonCode: ReasonCode): number | null {
  switch (reasonCode) {
    case ReasonCode.success:
      return 0;
    case ReasonCode.unsupportedProtocolVersion:
      return 1;
    case ReasonCode.clientIdentifierNotValid:
      return 2;
    case ReasonCode.serverUnavailable:
    case ReasonCode.serverBusy:
    case ReasonCode.serverShuttingDown:
    case ReasonCode.quotaExceeded:
    case ReasonCode.useAnotherServer:
    case ReasonCode.serverMoved:
    case ReasonCode.connectionRateExceeded:
      return 3;
    case ReasonCode.badUserNameOrPassword:
      return 4;
    case ReasonCode.notAuthorized:
    case ReasonCode.banned:
    case ReasonCode.badAuthenticationMethod:
      return 5;
    default:
      return null;
  }
}

/** The codes that a CONNACK may carry: [MQTT-3.2.2-8], MQTT 5.0 section 3.2.2.2. */
export const connectCodes: ReadonlySet<number> = new Set([
  ReasonCode.success,
  ReasonCode.unspecifiedError,
  ReasonCode.malformedPacket,
  ReasonCode.protocolError,
  ReasonCode.implementationSpecificError,
  ReasonCode.unsupportedProtocolVersion,
  ReasonCode.clientIdentifierNotValid,
  ReasonCode.badUserNameOrPassword,
  ReasonCode.notAuthorized,
  ReasonCode.serverUnavailable,
  ReasonCode.serverBusy,
  ReasonCode.banned,
  ReasonCode.badAuthenticationMethod,
  ReasonCode.topicNameInvalid,
  ReasonCode.packetTooLarge,
  ReasonCode.quotaExceeded,
  ReasonCode.payloadFormatInvalid,
  ReasonCode.retainNotSupported,
  ReasonCode.qosNotSupported,
  ReasonCode.useAnotherServer,
  ReasonCode.serverMoved,
  ReasonCode.connectionRateExceeded,
]);

function fail(code: ReasonCode, rule: string, message: string): never {
  throw new ProtocolError(code, rule, message);
}

/** @throws ProtocolError 0x81, 0x82 */
export function decodeConnack(bytes: Buffer, start: number, end: number, version: ProtocolVersion): ConnackPacket {
  const reader = new Reader(bytes, start, end);
  const flags = reader.byte();
  // [MQTT-3.2.2-1] 3.1 does not use the byte.
  if (flags > 1 && version !== 3)
    fail(ReasonCode.malformedPacket, "MQTT-3.2.2-1", "the reserved CONNACK flags are set");
  const sessionPresent = version !== 3 && flags === 1;
  const code = reader.byte();
  const reasonCode = version === 5 ? code : reasonByReturnCode[code];
  if (reasonCode === undefined || !connectCodes.has(reasonCode)) {
    fail(ReasonCode.protocolError, "MQTT-3.2.2-8", "an undefined CONNACK code");
  }
  // [MQTT-3.2.2-6], 3.1.1: [MQTT-3.2.2-4]
  if (sessionPresent && code !== 0) {
    fail(ReasonCode.protocolError, "MQTT-3.2.2-6", "a refused CONNECT with a session present");
  }
  const properties = version === 5 ? decodeProperties(reader, "connack") : noProperties;
  reader.finish();
  return { type: "connack", sessionPresent, reasonCode: reasonCode as ReasonCode, properties };
}

/**
 * Bytes of the whole packet, or 0 where a 3.1 or 3.1.1 client has no code for the reason: then nothing is sent and the
 * connection closed [MQTT-3.2.2-6 of 3.1.1].
 */
export function connackSize(packet: ConnackPacket, version: ProtocolVersion): number {
  if (version === 5) return wholeSize(2 + propertiesSize(packet.properties));
  return returnCodeOf(packet.reasonCode) === null ? 0 : 4;
}

/**
 * Writes the packet at `at`, where {@link connackSize} bytes are free, and answers where it ends; `at` if that is 0.
 */
export function encodeConnack(target: Buffer, at: number, packet: ConnackPacket, version: ProtocolVersion): number {
  const code = version === 5 ? packet.reasonCode : returnCodeOf(packet.reasonCode);
  if (code === null) return at;
  const next = writeFixedHeader(
    target,
    at,
    PacketType.connack,
    version === 5 ? 2 + propertiesSize(packet.properties) : 2,
  );
  // [MQTT-3.2.2-6] 3.1 knows no Session Present, not even for a session that goes on.
  target[next] = packet.sessionPresent && code === 0 && version !== 3 ? 1 : 0;
  target[next + 1] = code;
  return version === 5 ? encodeProperties(target, next + 2, packet.properties) : next + 2;
}
