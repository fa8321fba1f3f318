/**
 * Bytes <-> packets: the only place where MQTT 3.1, 3.1.1 and 5.0 differ in layout.
 *
 * - Received bytes are cut into packets by {@link feed}; the size limit is applied from the fixed header, before a body
 *   is kept. {@link checkFlags} judges the first byte of each packet.
 * - PUBLISH and its acknowledgements are read into reused frames and written by size and offset, without an object. The
 *   other packets are read into the shapes of `protocol/` and written the same way: `xSize`, then `encodeX` into a
 *   buffer at an offset.
 * - {@link decodePacket} and {@link encodePacket} do it for any packet in both directions: for tests and tools.
 *
 * Whatever the bytes are, only ProtocolError is thrown. A packet of our own that does not fit its fields (a string
 * longer than 65,535 bytes) is an AssertionError.
 */
export { AckFrame, ackPacketSize, ackSizeMax, decodeAck, decodeAckPacket, encodeAck, encodeAckPacket } from "./ack.ts";
export { authSize, decodeAuth, encodeAuth } from "./auth.ts";
export { connackSize, connectCodes, decodeConnack, encodeConnack } from "./connack.ts";
export { connectSize, decodeConnect, encodeConnect, sniffVersion } from "./connect.ts";
export { decodeDisconnect, disconnectSize, encodeDisconnect } from "./disconnect.ts";
export { checkFlags, type Sender } from "./fixed-header.ts";
export { decodeForwardedProperties, encodeForwardedProperties } from "./forwarded-properties.ts";
export { feed, type FrameTarget, keep, PartialFrame, resume } from "./frame.ts";
export { decodePacket, encodePacket, packetSize, writePacket } from "./packet.ts";
export { decodePing, encodePing, pingSize } from "./ping.ts";
export { decodePublishPacket, publishBody, type PublishBytes, publishParts } from "./publish-packet.ts";
export {
  copyForwarded,
  decodePublish,
  encodePublish,
  type PublishBody,
  PublishFrame,
  PublishHead,
  publishSize,
} from "./publish.ts";
export { decodeSuback, encodeSuback, subackSize } from "./suback.ts";
export { decodeSubscribe, encodeSubscribe, subscribeSize } from "./subscribe.ts";
export { checkString, checkText } from "./text.ts";
export { type Answer, type AnswerLimits, trimProperties } from "./trim-properties.ts";
export { decodeUnsuback, encodeUnsuback, unsubackSize } from "./unsuback.ts";
export { decodeUnsubscribe, encodeUnsubscribe, unsubscribeSize } from "./unsubscribe.ts";
export { variableByteIntegerMax, variableByteIntegerSize, writeVariableByteInteger } from "./variable-byte-integer.ts";
