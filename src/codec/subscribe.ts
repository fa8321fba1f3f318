import {
  noProperties,
  PacketType,
  ProtocolError,
  type ProtocolVersion,
  type Qos,
  ReasonCode,
  type SubscribeEntry,
  type SubscribePacket,
} from "../protocol/mod.ts";
import { wholeSize, writeFixedHeader } from "./fixed-header.ts";
import { decodeProperties, encodeProperties, propertiesSize } from "./properties.ts";
import { Reader } from "./reader.ts";
import { textSize, writeText, writeUint16 } from "./write-field.ts";

// SUBSCRIBE (MQTT 5.0 section 3.8)
//
//   packet id      2 bytes
//   properties     length { Subscription Identifier? User Property* }     5.0 only
//   entry+         filter string, options(1): 00 | retain handling(2) | retain as published | no local | QoS(2)
//                  before 5.0 the options are 000000 | QoS(2)

function fail(code: ReasonCode, rule: string, message: string): never {
  throw new ProtocolError(code, rule, message);
}

/**
 * Reads the body of a SUBSCRIBE. A filter is checked as a string; its syntax is judged by who answers, filter by
 * filter.
 * @throws ProtocolError 0x81, 0x82
 */
export function decodeSubscribe(bytes: Buffer, start: number, end: number, version: ProtocolVersion): SubscribePacket {
  const reader = new Reader(bytes, start, end);
  const packetId = reader.packetId();
  const properties = version === 5 ? decodeProperties(reader, "subscribe") : noProperties;
  // [MQTT-3.8.3-2], 3.1.1: [MQTT-3.8.3-3]
  if (reader.isAtEnd()) fail(ReasonCode.protocolError, "MQTT-3.8.3-2", "SUBSCRIBE without a filter");
  const entries: SubscribeEntry[] = [];
  while (!reader.isAtEnd()) {
    const filter = reader.text();
    entries.push(decodeEntry(filter, reader.byte(), version));
  }
  return { type: "subscribe", packetId, entries, properties };
}

function decodeEntry(filter: string, options: number, version: ProtocolVersion): SubscribeEntry {
  const qos = options & 3;
  // Section 3.8.3.1, 3.1.1: [MQTT-3.8.3-4]
  if (qos === 3) fail(ReasonCode.malformedPacket, "3.8.3.1", "SUBSCRIBE with QoS 3");
  if (version !== 5) {
    // 3.1.1: [MQTT-3.8.3-4]. 3.1 does not use the upper bits.
    if (version === 4 && options > 2) {
      fail(ReasonCode.malformedPacket, "MQTT-3.8.3-4", "SUBSCRIBE with reserved bits beside the QoS");
    }
    return { filter, qos: qos as Qos, noLocal: false, retainAsPublished: false, retainHandling: 0 };
  }
  // [MQTT-3.8.3-5]
  if ((options & 0xc0) !== 0) fail(ReasonCode.malformedPacket, "MQTT-3.8.3-5", "SUBSCRIBE with reserved option bits");
  const retainHandling = (options >> 4) & 3;
  // Section 3.8.3.1
  if (retainHandling === 3) fail(ReasonCode.protocolError, "3.8.3.1", "SUBSCRIBE with Retain Handling 3");
  const noLocal = (options & 4) !== 0;
  // [MQTT-3.8.3-4]
  if (noLocal && filter.startsWith("$share/")) {
    fail(ReasonCode.protocolError, "MQTT-3.8.3-4", "No Local on a shared subscription");
  }
  return {
    filter,
    qos: qos as Qos,
    noLocal,
    retainAsPublished: (options & 8) !== 0,
    retainHandling: retainHandling as 0 | 1 | 2,
  };
}

function remainingLength(packet: SubscribePacket, version: ProtocolVersion): number {
  let size = 2 + (version === 5 ? propertiesSize(packet.properties) : 0);
  for (const entry of packet.entries) size += textSize(entry.filter) + 1;
  return size;
}

/** Bytes of the whole packet. */
export function subscribeSize(packet: SubscribePacket, version: ProtocolVersion): number {
  return wholeSize(remainingLength(packet, version));
}

/** Writes the packet at `at`, where {@link subscribeSize} bytes are free, and answers where it ends. */
export function encodeSubscribe(target: Buffer, at: number, packet: SubscribePacket, version: ProtocolVersion): number {
  let next = writeFixedHeader(target, at, PacketType.subscribe, remainingLength(packet, version));
  next = writeUint16(target, next, packet.packetId);
  if (version === 5) next = encodeProperties(target, next, packet.properties);
  for (const entry of packet.entries) {
    next = writeText(target, next, entry.filter);
    target[next++] = version === 5 ? optionsOf(entry) : entry.qos;
  }
  return next;
}

function optionsOf(entry: SubscribeEntry): number {
  return (entry.retainHandling << 4) | (entry.retainAsPublished ? 8 : 0) | (entry.noLocal ? 4 : 0) | entry.qos;
}
