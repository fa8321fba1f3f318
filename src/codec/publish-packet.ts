import { assert } from "../base/mod.ts";
import {
  noProperties,
  ProtocolError,
  type ProtocolVersion,
  type Properties,
  type PublishPacket,
  ReasonCode,
  topicName,
} from "../protocol/mod.ts";
import type { Sender } from "./fixed-header.ts";
import { encodeForwardedProperties } from "./forwarded-properties.ts";
import { decodeProperties } from "./properties.ts";
import { decodePublish, decodePublishStart, type PublishBody, PublishFrame, PublishHead } from "./publish.ts";
import { copyOf, Reader } from "./reader.ts";
import { checkText } from "./text.ts";

// PUBLISH as a whole packet with all its values, for tools, hooks and tests; its layout stands in publish.ts, through
// which this reads and writes. The broker forwards a PUBLISH without ever making one of these.

/** A PUBLISH whose flags and body are known. */
export interface PublishBytes {
  readonly first: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a whole PUBLISH, its topic included.
 * @throws ProtocolError 0x81, 0x82, 0x90, 0x94
 */
export function decodePublishPacket(
  { first, bytes, start, end }: PublishBytes,
  version: ProtocolVersion,
  sender: Sender,
): PublishPacket {
  const frame = new PublishFrame();
  // Subscription Identifiers come from a server only: its properties are read by the table alone.
  if (sender === "client") decodePublish(frame, first, bytes, start, end, version);
  const propertiesStart = decodePublishStart(frame, first, bytes, start, end, version);
  const reader = new Reader(bytes, propertiesStart, end);
  const carrier = sender === "client" ? "clientPublish" : "serverPublish";
  const properties = version === 5 ? decodeProperties(reader, carrier) : noProperties;
  return {
    type: "publish",
    topic: topicOf(frame, properties),
    payload: copyOf(bytes, reader.at, end),
    qos: frame.qos,
    retain: frame.retain,
    dup: frame.dup,
    packetId: frame.packetId,
    properties,
  };
}

function topicOf(frame: PublishFrame, properties: Readonly<Properties>): string {
  const { bytes, topicStart, topicEnd } = frame;
  checkText(bytes, topicStart, topicEnd);
  if (topicStart < topicEnd) return topicName(bytes.toString("utf8", topicStart, topicEnd));
  // Section 3.3.2.1
  if (properties.topicAlias !== undefined) return "";
  throw new ProtocolError(ReasonCode.protocolError, "3.3.2.1", "PUBLISH with neither topic nor alias");
}

/** What `publishSize` and `encodePublish` write a packet from. */
export function publishParts(packet: PublishPacket, version: ProtocolVersion): [head: PublishHead, body: PublishBody] {
  const { properties, payload } = packet;
  const head = new PublishHead();
  head.version = version;
  head.qos = packet.qos;
  head.dup = packet.dup;
  head.retain = packet.retain;
  head.packetId = packet.packetId;
  head.topic = Buffer.from(packet.topic);
  assert(head.topic.length <= 0xffff, "a topic is longer than 65,535 bytes");
  head.topicAlias = properties.topicAlias ?? 0;
  head.messageExpiryInterval = properties.messageExpiryInterval ?? -1;
  head.subscriptionIdentifiers = properties.subscriptionIdentifiers ?? null;
  return [head, publishBody(properties, payload)];
}

/** The body of a message that did not arrive as bytes: the forwarded properties and the payload behind one another. */
export function publishBody(properties: Readonly<Properties>, payload: Uint8Array): PublishBody {
  const forwarded = encodeForwardedProperties(properties);
  return {
    bytes: forwarded.length === 0 ? bufferOf(payload) : Buffer.concat([forwarded, payload]),
    propertiesStart: 0,
    propertiesEnd: forwarded.length,
    aliasAt: -1,
    expiryAt: -1,
    payloadStart: forwarded.length,
    payloadEnd: forwarded.length + payload.length,
  };
}

function bufferOf(data: Uint8Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.length);
}
