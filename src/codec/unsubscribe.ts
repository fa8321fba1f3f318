import {
  noProperties,
  PacketType,
  ProtocolError,
  type ProtocolVersion,
  ReasonCode,
  type UnsubscribePacket,
} from "../protocol/mod.ts";
import { wholeSize, writeFixedHeader } from "./fixed-header.ts";
import { decodeProperties, encodeProperties, propertiesSize } from "./properties.ts";
import { Reader } from "./reader.ts";
import { textSize, writeText, writeUint16 } from "./write-field.ts";

// UNSUBSCRIBE (MQTT 5.0 section 3.10)
//
//   packet id      2 bytes
//   properties     length { User Property* }     5.0 only
//   filter+        string

/**
 * Reads the body of an UNSUBSCRIBE; filters are checked as strings, not for their syntax.
 * @throws ProtocolError 0x81, 0x82
 */
export function decodeUnsubscribe(
  bytes: Buffer,
  start: number,
  end: number,
  version: ProtocolVersion,
): UnsubscribePacket {
  const reader = new Reader(bytes, start, end);
  const packetId = reader.packetId();
  const properties = version === 5 ? decodeProperties(reader, "unsubscribe") : noProperties;
  // [MQTT-3.10.3-2]
  if (reader.isAtEnd())
    throw new ProtocolError(ReasonCode.protocolError, "MQTT-3.10.3-2", "UNSUBSCRIBE without a filter");
  const filters: string[] = [];
  while (!reader.isAtEnd()) filters.push(reader.text());
  return { type: "unsubscribe", packetId, filters, properties };
}

function remainingLength(packet: UnsubscribePacket, version: ProtocolVersion): number {
  let size = 2 + (version === 5 ? propertiesSize(packet.properties) : 0);
  for (const filter of packet.filters) size += textSize(filter);
  return size;
}

/** Bytes of the whole packet. */
export function unsubscribeSize(packet: UnsubscribePacket, version: ProtocolVersion): number {
  return wholeSize(remainingLength(packet, version));
}

/** Writes the packet at `at`, where {@link unsubscribeSize} bytes are free, and answers where it ends. */
export function encodeUnsubscribe(
  target: Buffer,
  at: number,
  packet: UnsubscribePacket,
  version: ProtocolVersion,
): number {
  let next = writeFixedHeader(target, at, PacketType.unsubscribe, remainingLength(packet, version));
  next = writeUint16(target, next, packet.packetId);
  if (version === 5) next = encodeProperties(target, next, packet.properties);
  for (const filter of packet.filters) next = writeText(target, next, filter);
  return next;
}
