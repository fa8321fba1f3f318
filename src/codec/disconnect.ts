import {
  type DisconnectPacket,
  noProperties,
  PacketType,
  ProtocolError,
  type ProtocolVersion,
  ReasonCode,
} from "../protocol/mod.ts";
import { type Sender, wholeSize, writeFixedHeader } from "./fixed-header.ts";
import { decodeProperties, encodeProperties, propertiesSize } from "./properties.ts";
import { Reader } from "./reader.ts";

// DISCONNECT (MQTT 5.0 section 3.14). Before 5.0 only a client sends it, without a body.
//
//   reason code    1 byte, absent: 0x00 Normal disconnection
//   properties     length { id value }*, absent: none

/** The codes both sides may send (section 3.14.2.1). */
const sharedCodes: readonly number[] = [
  ReasonCode.normalDisconnection,
  ReasonCode.unspecifiedError,
  ReasonCode.malformedPacket,
  ReasonCode.protocolError,
  ReasonCode.implementationSpecificError,
  ReasonCode.topicNameInvalid,
  ReasonCode.receiveMaximumExceeded,
  ReasonCode.topicAliasInvalid,
  ReasonCode.packetTooLarge,
  ReasonCode.messageRateTooHigh,
  ReasonCode.quotaExceeded,
  ReasonCode.administrativeAction,
  ReasonCode.payloadFormatInvalid,
];

/** [MQTT-3.14.2-1] */
const codesFrom: Readonly<Record<Sender, ReadonlySet<number>>> = {
  client: new Set([...sharedCodes, ReasonCode.disconnectWithWill]),
  server: new Set([
    ...sharedCodes,
    ReasonCode.notAuthorized,
    ReasonCode.serverBusy,
    ReasonCode.serverShuttingDown,
    // Named in section 2.4 and 4.12.1 for DISCONNECT, though table 3-13 lacks it.
    ReasonCode.badAuthenticationMethod,
    ReasonCode.keepAliveTimeout,
    ReasonCode.sessionTakenOver,
    ReasonCode.topicFilterInvalid,
    ReasonCode.retainNotSupported,
    ReasonCode.qosNotSupported,
    ReasonCode.useAnotherServer,
    ReasonCode.serverMoved,
    ReasonCode.sharedSubscriptionsNotSupported,
    ReasonCode.connectionRateExceeded,
    ReasonCode.maximumConnectTime,
    ReasonCode.subscriptionIdentifiersNotSupported,
    ReasonCode.wildcardSubscriptionsNotSupported,
  ]),
};

/**
 * Reads the body of a DISCONNECT.
 * @throws ProtocolError 0x81, 0x82
 */
export function decodeDisconnect(
  bytes: Buffer,
  start: number,
  end: number,
  version: ProtocolVersion,
  sender: Sender = "client",
): DisconnectPacket {
  const reader = new Reader(bytes, start, end);
  if (version !== 5) reader.finish();
  // Section 3.14.2.1: without a body the code is 0x00. Section 3.14.2.2.1: below two bytes there are no properties.
  const reasonCode = reader.isAtEnd() ? ReasonCode.normalDisconnection : reader.byte();
  if (!codesFrom[sender].has(reasonCode)) {
    throw new ProtocolError(ReasonCode.protocolError, "MQTT-3.14.2-1", "an undefined DISCONNECT code");
  }
  const carrier = sender === "client" ? "clientDisconnect" : "serverDisconnect";
  const properties = reader.isAtEnd() ? noProperties : decodeProperties(reader, carrier);
  reader.finish();
  return { type: "disconnect", reasonCode: reasonCode as ReasonCode, properties };
}

function remainingLength(packet: DisconnectPacket, version: ProtocolVersion): number {
  if (version !== 5) return 0;
  const properties = propertiesSize(packet.properties);
  if (properties > 1) return 1 + properties;
  return packet.reasonCode === ReasonCode.normalDisconnection ? 0 : 1;
}

/** Bytes of the whole packet. */
export function disconnectSize(packet: DisconnectPacket, version: ProtocolVersion): number {
  return wholeSize(remainingLength(packet, version));
}

/**
 * Writes the packet in its shortest form at `at`, where {@link disconnectSize} bytes are free, and answers where it
 * ends. Before 5.0 it says nothing but that it is one.
 */
export function encodeDisconnect(
  target: Buffer,
  at: number,
  packet: DisconnectPacket,
  version: ProtocolVersion,
): number {
  const remaining = remainingLength(packet, version);
  const next = writeFixedHeader(target, at, PacketType.disconnect, remaining);
  if (remaining === 0) return next;
  target[next] = packet.reasonCode;
  return remaining === 1 ? next + 1 : encodeProperties(target, next + 1, packet.properties);
}
