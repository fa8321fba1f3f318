/** The vocabulary of MQTT: packets, properties, reason codes, topic names and filters. No bytes, no I/O. */
export type {
  AckPacket,
  AuthPacket,
  ConnackPacket,
  ConnectPacket,
  DisconnectPacket,
  Packet,
  PingPacket,
  PublishPacket,
  SubackPacket,
  SubscribeEntry,
  SubscribePacket,
  SubscriptionOptions,
  UnsubackPacket,
  UnsubscribePacket,
  Will,
} from "./packet.ts";
export { noProperties, type Properties, type UserProperty } from "./properties.ts";
export { ProtocolError } from "./protocol-error.ts";
export { isFailure, ReasonCode } from "./reason-code.ts";
export {
  type FilterTarget,
  hasWildcard,
  isTopicFilter,
  isTopicName,
  parseFilter,
  type TopicFilter,
  topicMatches,
  type TopicName,
  topicName,
} from "./topic.ts";
export { packetTypeNames, PacketType, type ProtocolVersion, type Qos } from "./version.ts";
