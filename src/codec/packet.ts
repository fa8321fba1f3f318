import { assert } from "../base/mod.ts";
import { type Packet, PacketType, type ProtocolVersion } from "../protocol/mod.ts";
import { ackPacketSize, decodeAckPacket, encodeAckPacket } from "./ack.ts";
import { authSize, decodeAuth, encodeAuth } from "./auth.ts";
import { connackSize, decodeConnack, encodeConnack } from "./connack.ts";
import { connectSize, decodeConnect, encodeConnect } from "./connect.ts";
import { decodeDisconnect, disconnectSize, encodeDisconnect } from "./disconnect.ts";
import { checkFlags, type Sender } from "./fixed-header.ts";
import { decodePing, encodePing, pingSize } from "./ping.ts";
import { decodePublishPacket, publishParts } from "./publish-packet.ts";
import { encodePublish, publishSize } from "./publish.ts";
import { decodeSuback, encodeSuback, subackSize } from "./suback.ts";
import { decodeSubscribe, encodeSubscribe, subscribeSize } from "./subscribe.ts";
import { decodeUnsuback, encodeUnsuback, unsubackSize } from "./unsuback.ts";
import { decodeUnsubscribe, encodeUnsubscribe, unsubscribeSize } from "./unsubscribe.ts";

/**
 * Reads any packet that was sent by `sender`, given as a FrameTarget gets it: the first byte, and the body as
 * `bytes[start..end)`. Of a CONNECT the version is its own. For tools, tests and all packets but the frequent ones.
 * @throws ProtocolError with the reason code to answer
 */
export function decodePacket(
  first: number,
  bytes: Buffer,
  start: number,
  end: number,
  version: ProtocolVersion,
  sender: Sender,
): Packet {
  const type = (first >> 4) as PacketType;
  if (type === PacketType.connect && sender === "client") {
    const packet = decodeConnect(bytes, start, end);
    checkFlags(first, packet.version);
    return packet;
  }
  checkFlags(first, version, sender);
  switch (type) {
    case PacketType.connack:
      return decodeConnack(bytes, start, end, version);
    case PacketType.publish:
      return decodePublishPacket({ first, bytes, start, end }, version, sender);
    case PacketType.puback:
      return decodeAckPacket("puback", bytes, start, end, version);
    case PacketType.pubrec:
      return decodeAckPacket("pubrec", bytes, start, end, version);
    case PacketType.pubrel:
      return decodeAckPacket("pubrel", bytes, start, end, version);
    case PacketType.pubcomp:
      return decodeAckPacket("pubcomp", bytes, start, end, version);
    case PacketType.subscribe:
      return decodeSubscribe(bytes, start, end, version);
    case PacketType.suback:
      return decodeSuback(bytes, start, end, version);
    case PacketType.unsubscribe:
      return decodeUnsubscribe(bytes, start, end, version);
    case PacketType.unsuback:
      return decodeUnsuback(bytes, start, end, version);
    case PacketType.pingreq:
    case PacketType.pingresp:
      decodePing(start, end);
      return { type: type === PacketType.pingreq ? "pingreq" : "pingresp" };
    case PacketType.disconnect:
      return decodeDisconnect(bytes, start, end, version, sender);
    case PacketType.auth:
      return decodeAuth(bytes, start, end, sender);
    case PacketType.connect:
      // checkFlags has refused it: a server sends none.
      assert(false, "a CONNECT from a server");
  }
}

/** Bytes of the whole packet; 0 for a CONNACK that a 3.1 or 3.1.1 client has no code for. */
export function packetSize(packet: Packet, version: ProtocolVersion): number {
  switch (packet.type) {
    case "connect":
      return connectSize(packet);
    case "connack":
      return connackSize(packet, version);
    case "publish":
      return publishSize(...publishParts(packet, version));
    case "puback":
    case "pubrec":
    case "pubrel":
    case "pubcomp":
      return ackPacketSize(packet, version);
    case "subscribe":
      return subscribeSize(packet, version);
    case "suback":
      return subackSize(packet, version);
    case "unsubscribe":
      return unsubscribeSize(packet, version);
    case "unsuback":
      return unsubackSize(packet, version);
    case "pingreq":
    case "pingresp":
      return pingSize;
    case "disconnect":
      return disconnectSize(packet, version);
    case "auth":
      return authSize(packet);
  }
}

/** Writes any packet at `at`, where {@link packetSize} bytes are free, and answers where it ends. */
export function writePacket(target: Buffer, at: number, packet: Packet, version: ProtocolVersion): number {
  switch (packet.type) {
    case "connect":
      return encodeConnect(target, at, packet);
    case "connack":
      return encodeConnack(target, at, packet, version);
    case "publish":
      return encodePublish(target, at, ...publishParts(packet, version));
    case "puback":
    case "pubrec":
    case "pubrel":
    case "pubcomp":
      return encodeAckPacket(target, at, packet, version);
    case "subscribe":
      return encodeSubscribe(target, at, packet, version);
    case "suback":
      return encodeSuback(target, at, packet, version);
    case "unsubscribe":
      return encodeUnsubscribe(target, at, packet, version);
    case "unsuback":
      return encodeUnsuback(target, at, packet, version);
    case "pingreq":
    case "pingresp":
      return encodePing(target, at, packet.type);
    case "disconnect":
      return encodeDisconnect(target, at, packet, version);
    case "auth":
      return encodeAuth(target, at, packet);
  }
}

/**
 * The bytes of any packet; none for a CONNACK that a 3.1 or 3.1.1 client has no code for. What the version cannot say
 * is left out. A CONNECT is written in its own version.
 */
export function encodePacket(packet: Packet, version: ProtocolVersion): Buffer {
  const size = packetSize(packet, version);
  const bytes = Buffer.allocUnsafeSlow(size);
  const end = writePacket(bytes, 0, packet, version);
  assert(end === size, `a ${packet.type} of ${end} bytes was announced with ${size}`);
  return bytes;
}
