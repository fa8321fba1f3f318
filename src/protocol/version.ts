/** The Protocol Level byte of CONNECT: 3 is MQTT 3.1, 4 is MQTT 3.1.1, 5 is MQTT 5.0. */
export type ProtocolVersion = 3 | 4 | 5;

/** Quality of service of a message or the maximum of a subscription. */
export type Qos = 0 | 1 | 2;

/** Packet types as they stand in the upper four bits of the fixed header (MQTT 5.0 section 2.1.2). */
export const PacketType = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
  auth: 15,
} as const;

/** One of {@link PacketType}'s values. */
export type PacketType = (typeof PacketType)[keyof typeof PacketType];

/** Packet type names by number, for logs and metric labels; index 0 is not a packet. */
export const packetTypeNames: readonly string[] = [
  "reserved",
  "connect",
  "connack",
  "publish",
  "puback",
  "pubrec",
  "pubrel",
  "pubcomp",
  "subscribe",
  "suback",
  "unsubscribe",
  "unsuback",
  "pingreq",
  "pingresp",
  "disconnect",
  "auth",
];
