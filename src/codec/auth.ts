import { type AuthPacket, noProperties, PacketType, ProtocolError, ReasonCode } from "../protocol/mod.ts";
import { type Sender, wholeSize, writeFixedHeader } from "./fixed-header.ts";
import { decodeProperties, encodeProperties, propertiesSize } from "./properties.ts";
import { Reader } from "./reader.ts";

// AUTH (MQTT 5.0 section 3.15), not before 5.0
//
//   reason code    1 byte, absent: 0x00 Success
//   properties     length { id value }*, absent: none

/** [MQTT-3.15.2-1], section 3.15.2.1 */
const codesFrom: Readonly<Record<Sender, readonly number[]>> = {
  client: [ReasonCode.continueAuthentication, ReasonCode.reAuthenticate],
  server: [ReasonCode.success, ReasonCode.continueAuthentication],
};

function fail(rule: string, message: string): never {
  throw new ProtocolError(ReasonCode.protocolError, rule, message);
}

/**
 * Reads the body of an AUTH.
 * @throws ProtocolError 0x81, 0x82
 */
export function decodeAuth(bytes: Buffer, start: number, end: number, sender: Sender = "client"): AuthPacket {
  const reader = new Reader(bytes, start, end);
  const reasonCode = reader.isAtEnd() ? ReasonCode.success : reader.byte();
  if (!codesFrom[sender].includes(reasonCode)) fail("MQTT-3.15.2-1", "an AUTH code that is not for this side");
  const properties = reader.isAtEnd() ? noProperties : decodeProperties(reader, "auth");
  reader.finish();
  // Section 3.15.2.2.2. The form without properties exists for Success alone (section 3.15.2.1).
  if (properties.authenticationMethod === undefined && reasonCode !== ReasonCode.success) {
    fail("3.15.2.2.2", "AUTH without Authentication Method");
  }
  return { type: "auth", reasonCode: reasonCode as ReasonCode, properties };
}

function remainingLength(packet: AuthPacket): number {
  const properties = propertiesSize(packet.properties);
  return properties === 1 && packet.reasonCode === ReasonCode.success ? 0 : 1 + properties;
}

/** Bytes of the whole packet. */
export function authSize(packet: AuthPacket): number {
  return wholeSize(remainingLength(packet));
}

/** Writes the packet at `at`, where {@link authSize} bytes are free, and answers where it ends. */
export function encodeAuth(target: Buffer, at: number, packet: AuthPacket): number {
  const remaining = remainingLength(packet);
  const next = writeFixedHeader(target, at, PacketType.auth, remaining);
  if (remaining === 0) return next;
  target[next] = packet.reasonCode;
  return encodeProperties(target, next + 1, packet.properties);
}
