import { ProtocolError, type ProtocolVersion, type Qos, ReasonCode } from "../protocol/mod.ts";
import { binaryEnd, checkString } from "./text.ts";
import { PropertyId } from "./property-id.ts";
import { readVariableByteInteger, variableByteIntegerSize, writeVariableByteInteger } from "./variable-byte-integer.ts";

// PUBLISH (MQTT 5.0 section 3.3)
//
//   fixed header   0011 | DUP QoS QoS RETAIN, remaining length
//   topic          length(2) UTF-8
//   packet id      2 bytes, only at QoS 1 and 2
//   properties     length(1-4) { id value }*        5.0 only
//   payload        the rest
//
// The hot packet: decoded into one reused PublishFrame of offsets, nothing is allocated and no string is made. The
// properties that a server forwards unaltered stay the bytes they are [MQTT-3.3.2-4] [MQTT-3.3.2-15] to
// [MQTT-3.3.2-20]; only Topic Alias is cut out, Message Expiry Interval rewritten, Subscription Identifier added.

/** A PUBLISH as offsets into the bytes it arrived in, or that keep it. */
export interface PublishBody {
  /** Holds properties and payload. */
  bytes: Buffer;
  propertiesStart: number;
  propertiesEnd: number;
  /** Where the Topic Alias property (3 bytes) stands among the properties, or -1. */
  aliasAt: number;
  /** Where the Message Expiry Interval property (5 bytes) stands among the properties, or -1. */
  expiryAt: number;
  payloadStart: number;
  payloadEnd: number;
}

/** What {@link decodePublish} fills. One per shard. */
export class PublishFrame implements PublishBody {
  bytes: Buffer = Buffer.alloc(0);
  qos: Qos = 0;
  dup = false;
  retain = false;
  packetId = 0;
  /** The topic's bytes, not yet checked: the topic table checks a topic once, not per message. */
  topicStart = 0;
  topicEnd = 0;
  propertiesStart = 0;
  propertiesEnd = 0;
  aliasAt = -1;
  /** 0 when there is none. */
  topicAlias = 0;
  expiryAt = -1;
  /** Seconds, -1 when there is none. */
  messageExpiryInterval = -1;
  /** True where the publisher said that the payload is UTF-8 text. */
  payloadIsText = false;
  payloadStart = 0;
  payloadEnd = 0;
}

function fail(code: ReasonCode, rule: string, message: string): never {
  throw new ProtocolError(code, rule, message);
}

/**
 * Reads a client's PUBLISH body. Everything is checked but the topic's text.
 * @throws ProtocolError 0x81, 0x82, 0x94
 */
export function decodePublish(
  into: PublishFrame,
  first: number,
  bytes: Buffer,
  start: number,
  end: number,
  version: ProtocolVersion,
): void {
  let at = decodePublishStart(into, first, bytes, start, end, version);
  if (version === 5) at = decodePublishProperties(into, bytes, at, end);
  into.payloadStart = at;
  into.payloadEnd = end;
}

/** Reads flags, topic and packet identifier, and answers where properties (5.0) or payload begin. */
export function decodePublishStart(
  into: PublishFrame,
  first: number,
  bytes: Buffer,
  start: number,
  end: number,
  version: ProtocolVersion,
): number {
  const qos = (first >> 1) & 3;
  // [MQTT-3.3.1-4]
  if (qos === 3) fail(ReasonCode.malformedPacket, "MQTT-3.3.1-4", "PUBLISH with both QoS bits set");
  const dup = (first & 8) !== 0;
  // [MQTT-3.3.1-2] 3.1 has no such rule: there the bit is ignored.
  if (dup && qos === 0 && version !== 3) {
    fail(ReasonCode.malformedPacket, "MQTT-3.3.1-2", "PUBLISH with DUP at QoS 0");
  }
  into.bytes = bytes;
  into.qos = qos as Qos;
  into.dup = dup;
  into.retain = (first & 1) !== 0;
  into.topicStart = start + 2;
  let at = binaryEnd(bytes, start, end);
  into.topicEnd = at;
  into.packetId = 0;
  if (qos > 0) {
    if (at + 2 > end) fail(ReasonCode.malformedPacket, "2.2.1", "PUBLISH ends before its packet identifier");
    into.packetId = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    // [MQTT-2.2.1-3]
    if (into.packetId === 0) fail(ReasonCode.protocolError, "MQTT-2.2.1-3", "PUBLISH with packet identifier 0");
    at += 2;
  }
  into.aliasAt = -1;
  into.topicAlias = 0;
  into.expiryAt = -1;
  into.messageExpiryInterval = -1;
  into.payloadIsText = false;
  into.propertiesStart = at;
  into.propertiesEnd = at;
  return at;
}

function decodePublishProperties(into: PublishFrame, bytes: Buffer, start: number, end: number): number {
  const length = readVariableByteInteger(bytes, start, end);
  let at = start + variableByteIntegerSize(length);
  const propertiesEnd = at + length;
  if (propertiesEnd > end) fail(ReasonCode.malformedPacket, "2.2.2", "the properties are longer than the packet");
  into.propertiesStart = at;
  into.propertiesEnd = propertiesEnd;
  let seen = 0;
  while (at < propertiesEnd) {
    const id = bytes[at] as number;
    // Before the duplicate check, which must see the identifiers of PUBLISH only: others would share their bits.
    at = decodePublishProperty(into, bytes, id, at, propertiesEnd);
    if (id !== PropertyId.userProperty) {
      // Topic Alias (0x23) would share the bit of Content Type (0x03); the other identifiers of PUBLISH are below 32.
      const bit = id === PropertyId.topicAlias ? 1 : 1 << (id & 31);
      if ((seen & bit) !== 0) fail(ReasonCode.protocolError, "3.3.2.3", "a PUBLISH property stands twice");
      seen |= bit;
    }
  }
  return propertiesEnd;
}

/** Checks the property at `at` and answers where it ends. */
function decodePublishProperty(into: PublishFrame, bytes: Buffer, id: number, at: number, end: number): number {
  switch (id) {
    case PropertyId.payloadFormatIndicator:
      if (at + 2 > end) fail(ReasonCode.malformedPacket, "2.2.2", "a property is longer than the property set");
      // Section 3.3.2.3.2: a value that the protocol does not allow (section 4.13), in a packet that can be read.
      if ((bytes[at + 1] as number) > 1) {
        fail(ReasonCode.protocolError, "3.3.2.3.2", "Payload Format Indicator is neither 0 nor 1");
      }
      into.payloadIsText = bytes[at + 1] === 1;
      return at + 2;
    case PropertyId.messageExpiryInterval:
      if (at + 5 > end) fail(ReasonCode.malformedPacket, "2.2.2", "a property is longer than the property set");
      into.expiryAt = at;
      into.messageExpiryInterval = bytes.readUInt32BE(at + 1);
      return at + 5;
    case PropertyId.topicAlias:
      if (at + 3 > end) fail(ReasonCode.malformedPacket, "2.2.2", "a property is longer than the property set");
      into.aliasAt = at;
      into.topicAlias = ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
      // [MQTT-3.3.2-8]
      if (into.topicAlias === 0) fail(ReasonCode.topicAliasInvalid, "MQTT-3.3.2-8", "Topic Alias 0");
      return at + 3;
    case PropertyId.responseTopic: {
      const next = checkString(bytes, at + 1, end);
      // [MQTT-3.3.2-14]
      for (let position = at + 3; position < next; position++) {
        if (bytes[position] === 0x23 || bytes[position] === 0x2b) {
          fail(ReasonCode.protocolError, "MQTT-3.3.2-14", "Response Topic with a wildcard");
        }
      }
      return next;
    }
    case PropertyId.correlationData:
      return binaryEnd(bytes, at + 1, end);
    case PropertyId.contentType:
      return checkString(bytes, at + 1, end);
    case PropertyId.userProperty:
      return checkString(bytes, checkString(bytes, at + 1, end), end);
    case PropertyId.subscriptionIdentifier:
      // [MQTT-3.3.4-6]
      return fail(ReasonCode.protocolError, "MQTT-3.3.4-6", "PUBLISH from a client with a Subscription Identifier");
    default:
      return fail(ReasonCode.malformedPacket, "2.2.2.2", `property 0x${id.toString(16)} is not allowed in PUBLISH`);
  }
}

/** How one PUBLISH to one subscriber looks; reused, filled by the session. */
export class PublishHead {
  version: ProtocolVersion = 4;
  qos: Qos = 0;
  dup = false;
  retain = false;
  packetId = 0;
  /** The topic to send; its length is 0 where an alias stands for it. */
  topic: Buffer = Buffer.alloc(0);
  /** 0: none. */
  topicAlias = 0;
  /** Seconds left, -1: none. */
  messageExpiryInterval = -1;
  /** Of all matching subscriptions that have one; null: none. */
  subscriptionIdentifiers: readonly number[] | null = null;
}

/** Bytes of the forwarded properties: all but Topic Alias and Message Expiry Interval, which each get written anew. */
function forwardedSize(body: PublishBody): number {
  const size = body.propertiesEnd - body.propertiesStart;
  return size - (body.aliasAt < 0 ? 0 : 3) - (body.expiryAt < 0 ? 0 : 5);
}

function propertiesSize(head: PublishHead, body: PublishBody): number {
  let size = forwardedSize(body);
  if (head.topicAlias > 0) size += 3;
  if (head.messageExpiryInterval >= 0) size += 5;
  const identifiers = head.subscriptionIdentifiers;
  if (identifiers !== null) {
    for (let index = 0; index < identifiers.length; index++) {
      size += 1 + variableByteIntegerSize(identifiers[index] as number);
    }
  }
  return size;
}

function remainingLength(head: PublishHead, body: PublishBody): number {
  let size = 2 + head.topic.length + (head.qos > 0 ? 2 : 0) + (body.payloadEnd - body.payloadStart);
  if (head.version === 5) {
    const properties = propertiesSize(head, body);
    size += variableByteIntegerSize(properties) + properties;
  }
  return size;
}

/** Bytes of the whole packet. */
export function publishSize(head: PublishHead, body: PublishBody): number {
  const remaining = remainingLength(head, body);
  return 1 + variableByteIntegerSize(remaining) + remaining;
}

/** Writes the packet at `at`, where {@link publishSize} bytes are free, and answers where it ends. */
export function encodePublish(target: Buffer, at: number, head: PublishHead, body: PublishBody): number {
  // [MQTT-3.3.1-2] The session sets DUP only on a re-send of a QoS 1 or 2 message.
  target[at] = 0x30 | (head.dup ? 8 : 0) | (head.qos << 1) | (head.retain ? 1 : 0);
  let next = writeVariableByteInteger(target, at + 1, remainingLength(head, body));
  const topic = head.topic;
  target[next] = topic.length >> 8;
  target[next + 1] = topic.length & 0xff;
  next = copyBytes(target, next + 2, topic, 0, topic.length);
  if (head.qos > 0) {
    target[next] = head.packetId >> 8;
    target[next + 1] = head.packetId & 0xff;
    next += 2;
  }
  if (head.version === 5) next = encodePublishProperties(target, next, head, body);
  return copyBytes(target, next, body.bytes, body.payloadStart, body.payloadEnd);
}

function encodePublishProperties(target: Buffer, at: number, head: PublishHead, body: PublishBody): number {
  let next = writeVariableByteInteger(target, at, propertiesSize(head, body));
  if (head.messageExpiryInterval >= 0) {
    target[next] = PropertyId.messageExpiryInterval;
    next = target.writeUInt32BE(head.messageExpiryInterval, next + 1);
  }
  if (head.topicAlias > 0) {
    target[next] = PropertyId.topicAlias;
    target[next + 1] = head.topicAlias >> 8;
    target[next + 2] = head.topicAlias & 0xff;
    next += 3;
  }
  const identifiers = head.subscriptionIdentifiers;
  if (identifiers !== null) {
    for (let index = 0; index < identifiers.length; index++) {
      target[next] = PropertyId.subscriptionIdentifier;
      next = writeVariableByteInteger(target, next + 1, identifiers[index] as number);
    }
  }
  return copyForwarded(target, next, body);
}

/** Copies the forwarded properties, in their order, around the two that are not. */
export function copyForwarded(target: Buffer, at: number, body: PublishBody): number {
  let next = at;
  let from = body.propertiesStart;
  const { aliasAt, expiryAt } = body;
  // The two gaps in the order in which they stand; -1 is none.
  const firstGap = aliasAt >= 0 && (expiryAt < 0 || aliasAt < expiryAt) ? aliasAt : expiryAt;
  const secondGap = firstGap === aliasAt ? expiryAt : aliasAt;
  if (firstGap >= 0) {
    next = copyBytes(target, next, body.bytes, from, firstGap);
    from = firstGap + (firstGap === aliasAt ? 3 : 5);
  }
  if (secondGap >= 0) {
    next = copyBytes(target, next, body.bytes, from, secondGap);
    from = secondGap + (secondGap === aliasAt ? 3 : 5);
  }
  return copyBytes(target, next, body.bytes, from, body.propertiesEnd);
}

const copiedByLoop = 48;

function copyBytes(target: Buffer, at: number, source: Buffer, start: number, end: number): number {
  const length = end - start;
  // A call into the runtime costs more than a few dozen byte stores.
  if (length <= copiedByLoop) {
    for (let index = 0; index < length; index++) target[at + index] = source[start + index] as number;
  } else {
    source.copy(target, at, start, end);
  }
  return at + length;
}
