import {
  type ConnectPacket,
  noProperties,
  PacketType,
  ProtocolError,
  type ProtocolVersion,
  type Qos,
  ReasonCode,
  type Will,
} from "../protocol/mod.ts";
import { wholeSize, writeFixedHeader } from "./fixed-header.ts";
import { decodeProperties, encodeProperties, propertiesSize } from "./properties.ts";
import { Reader } from "./reader.ts";
import { binarySize, textSize, writeBinary, writeText, writeUint16 } from "./write-field.ts";

// CONNECT (MQTT 5.0 section 3.1)
//
//   protocol       "MQIsdp" 3 | "MQTT" 4 | "MQTT" 5     name(string), level(1); bit 7 of 3 and 4 marks a bridge
//   flags          user name | password | will retain | will QoS(2) | will | clean start | reserved 0
//   keep alive     2 bytes, seconds
//   properties     length { id value }*                                       5.0 only
//   client id      string
//   will           { properties (5.0 only), topic string, payload binary }    only with the will flag
//   user name      string                                                     only with its flag
//   password       binary                                                     only with its flag

const flag = {
  reserved: 0x01,
  cleanStart: 0x02,
  will: 0x04,
  willRetain: 0x20,
  password: 0x40,
  userName: 0x80,
} as const;
const willQosShift = 3;
const bridgeBit = 0x80;

function fail(code: ReasonCode, rule: string, message: string): never {
  throw new ProtocolError(code, rule, message);
}

type ProtocolName = "MQIsdp" | "MQTT";

const names: Readonly<Record<ProtocolVersion, ProtocolName>> = { 3: "MQIsdp", 4: "MQTT", 5: "MQTT" };

/** The protocol name at the start of the body and the level byte behind it; null if it is not MQTT or cut off. */
function protocolAt(bytes: Buffer, start: number, end: number): { name: ProtocolName; level: number } | null {
  const length = start + 2 <= end ? bytes.readUInt16BE(start) : 0;
  // Longer than any name: not even made a string.
  if (length > 6 || start + 2 + length >= end) return null;
  const name = bytes.toString("latin1", start + 2, start + 2 + length);
  if (name !== "MQTT" && name !== "MQIsdp") return null;
  return { name, level: bytes[start + 2 + length] as number };
}

/** The version that a name and a level mean together, or null. */
function versionOf(name: ProtocolName, level: number): ProtocolVersion | null {
  if (name === "MQIsdp") return (level & ~bridgeBit) === 3 ? 3 : null;
  if (level === 5) return 5;
  return (level & ~bridgeBit) === 4 ? 4 : null;
}

/**
 * The version in whose form a CONNECT is to be answered that {@link decodeConnect} refused. For a level that nobody
 * speaks it is the nearest: a client newer than 5.0 reads a 5.0 CONNACK, an older one that of 3.1.1. Null: the bytes
 * are not MQTT, there is no form to answer in.
 */
export function sniffVersion(bytes: Buffer, start: number, end: number): ProtocolVersion | null {
  const protocol = protocolAt(bytes, start, end);
  if (protocol === null) return null;
  if (protocol.name === "MQIsdp") return 3;
  return versionOf(protocol.name, protocol.level) ?? (protocol.level > 5 ? 5 : 4);
}

/**
 * Reads the body of a CONNECT. The will's topic is checked as a string only, like every topic. The fixed header's flags
 * are to be checked afterwards, `checkFlags(first, packet.version)`: what they have to be depends on the version.
 * @throws ProtocolError 0x81, 0x82; 0x84 on a protocol or version that is not spoken here; 0x85 on an empty client
 * identifier where the version does not allow one. {@link sniffVersion} tells the form of the answer.
 */
export function decodeConnect(bytes: Buffer, start: number, end: number): ConnectPacket {
  const reader = new Reader(bytes, start, end);
  reader.part(reader.uint16());
  const level = reader.byte();
  const protocol = protocolAt(bytes, start, end);
  // [MQTT-3.1.2-1]
  if (protocol === null) fail(ReasonCode.unsupportedProtocolVersion, "MQTT-3.1.2-1", "the protocol is not MQTT");
  const version = versionOf(protocol.name, level);
  // [MQTT-3.1.2-2]
  if (version === null) {
    fail(ReasonCode.unsupportedProtocolVersion, "MQTT-3.1.2-2", `${protocol.name} level ${level} is not spoken here`);
  }
  const flags = reader.byte();
  checkConnectFlags(flags, version);
  const keepAlive = reader.uint16();
  const properties = version === 5 ? decodeProperties(reader, "connect") : noProperties;
  const clientId = reader.text();
  const cleanStart = (flags & flag.cleanStart) !== 0;
  checkClientId(clientId, cleanStart, version);
  const will = (flags & flag.will) === 0 ? null : decodeWill(reader, flags, version);
  // 3.1 (its section 3.1): a flag whose string is missing at the end of the packet is no error.
  const hasUserName = (flags & flag.userName) !== 0 && !(version === 3 && reader.isAtEnd());
  const userName = hasUserName ? reader.text() : null;
  const hasPassword = (flags & flag.password) !== 0 && !(version === 3 && reader.isAtEnd());
  const password = hasPassword ? reader.binary() : null;
  reader.finish();
  const bridge = version !== 5 && (level & bridgeBit) !== 0;
  return { type: "connect", version, bridge, cleanStart, keepAlive, clientId, will, userName, password, properties };
}

function checkConnectFlags(flags: number, version: ProtocolVersion): void {
  const hasWill = (flags & flag.will) !== 0;
  // [MQTT-3.1.2-12], 3.1.1: [MQTT-3.1.2-14]
  if (hasWill && willQosOf(flags) === 3) fail(ReasonCode.malformedPacket, "MQTT-3.1.2-12", "Will QoS 3");
  // 3.1.1: [MQTT-3.1.2-22]; 3.1 says the same in words, 5.0 allows it (section 3.1.2.9).
  if (version !== 5 && (flags & flag.password) !== 0 && (flags & flag.userName) === 0) {
    fail(ReasonCode.malformedPacket, "MQTT-3.1.2-22", "a password without user name");
  }
  // 3.1 does not use bit 0, and gives the will's bits no meaning without a will.
  if (version === 3) return;
  // [MQTT-3.1.2-3]
  if ((flags & flag.reserved) !== 0) fail(ReasonCode.malformedPacket, "MQTT-3.1.2-3", "the reserved flag is set");
  if (hasWill) return;
  // [MQTT-3.1.2-11], 3.1.1: [MQTT-3.1.2-13]
  if (willQosOf(flags) !== 0) fail(ReasonCode.malformedPacket, "MQTT-3.1.2-11", "Will QoS without a will");
  // [MQTT-3.1.2-13], 3.1.1: [MQTT-3.1.2-15]
  if ((flags & flag.willRetain) !== 0) fail(ReasonCode.malformedPacket, "MQTT-3.1.2-13", "Will Retain without a will");
}

function willQosOf(flags: number): number {
  return (flags >> willQosShift) & 3;
}

function checkClientId(clientId: string, cleanStart: boolean, version: ProtocolVersion): void {
  if (clientId.length > 0 || version === 5) return;
  // 3.1.1: [MQTT-3.1.3-8]. In 3.1 (its section 3.1) a client identifier has at least one character.
  if (version === 3 || !cleanStart) {
    fail(ReasonCode.clientIdentifierNotValid, "MQTT-3.1.3-8", "an empty client identifier");
  }
}

function decodeWill(reader: Reader, flags: number, version: ProtocolVersion): Will {
  // [MQTT-3.1.3-1] Properties, topic, payload, in this order.
  const properties = version === 5 ? decodeProperties(reader, "will") : noProperties;
  const topic = reader.text();
  const payload = reader.binary();
  return { topic, payload, qos: willQosOf(flags) as Qos, retain: (flags & flag.willRetain) !== 0, properties };
}

function remainingLength(packet: ConnectPacket): number {
  const v5 = packet.version === 5;
  let size = textSize(names[packet.version]) + 1 + 1 + 2 + textSize(packet.clientId);
  if (v5) size += propertiesSize(packet.properties);
  if (packet.will !== null) {
    size += textSize(packet.will.topic) + binarySize(packet.will.payload);
    if (v5) size += propertiesSize(packet.will.properties);
  }
  if (packet.userName !== null) size += textSize(packet.userName);
  if (packet.password !== null) size += binarySize(packet.password);
  return size;
}

function flagsOf(packet: ConnectPacket): number {
  const { will } = packet;
  let flags = packet.cleanStart ? flag.cleanStart : 0;
  if (will !== null) flags |= flag.will | (will.qos << willQosShift) | (will.retain ? flag.willRetain : 0);
  if (packet.userName !== null) flags |= flag.userName;
  if (packet.password !== null) flags |= flag.password;
  return flags;
}

/** Bytes of the whole packet. */
export function connectSize(packet: ConnectPacket): number {
  return wholeSize(remainingLength(packet));
}

/** Writes the packet at `at`, where {@link connectSize} bytes are free, and answers where it ends. */
export function encodeConnect(target: Buffer, at: number, packet: ConnectPacket): number {
  const { version, will } = packet;
  let next = writeFixedHeader(target, at, PacketType.connect, remainingLength(packet));
  next = writeText(target, next, names[version]);
  target[next] = version | (packet.bridge ? bridgeBit : 0);
  target[next + 1] = flagsOf(packet);
  next = writeUint16(target, next + 2, packet.keepAlive);
  if (version === 5) next = encodeProperties(target, next, packet.properties);
  next = writeText(target, next, packet.clientId);
  if (will !== null) {
    if (version === 5) next = encodeProperties(target, next, will.properties);
    next = writeBinary(target, writeText(target, next, will.topic), will.payload);
  }
  if (packet.userName !== null) next = writeText(target, next, packet.userName);
  return packet.password === null ? next : writeBinary(target, next, packet.password);
}
