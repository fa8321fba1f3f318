import { packets, prop, type Properties } from "../../kit/mod.ts";

/** Bytes that section 4.13 makes an error, and the codes that the standard has for it. */
export interface BadPacketRow {
  readonly name: string;
  readonly packet: Buffer;
  readonly codes: readonly number[];
  /** False for the first bytes of a connection. */
  readonly afterConnect: boolean;
  /** mosquitto 2.0.11 takes it for a good packet. */
  readonly passesMosquitto?: true;
}

const version = 5;
const malformed = [0x81] as const;
const protocolError = [0x82] as const;
const either = [0x81, 0x82] as const;

function after(name: string, packet: Buffer | string, codes: readonly number[] = either): BadPacketRow {
  return { name, packet: typeof packet === "string" ? packets.raw(packet) : packet, codes, afterConnect: true };
}

function lenient(row: BadPacketRow): BadPacketRow {
  return { ...row, passesMosquitto: true };
}

function first(name: string, packet: Buffer, codes: readonly number[] = either): BadPacketRow {
  return { name, packet, codes, afterConnect: false };
}

function publish(properties: Properties): Buffer {
  return packets.publish({ version, topic: "bystander/bad", payload: "x", properties });
}

function subscribe(filter: string, options: number, properties: Properties = []): Buffer {
  return packets.subscribe({ version, packetId: 1, filters: [{ filter, options }], properties });
}

const framing: readonly BadPacketRow[] = [
  after("packet type 0", "00 00"),
  after("a second CONNECT", packets.connect({ version }), protocolError),
  after("CONNACK from a client", "20 03 00 00 00"),
  lenient(after("SUBACK from a client", "90 04 00 01 00 00")),
  lenient(after("UNSUBACK from a client", "b0 04 00 01 00 00")),
  lenient(after("PINGRESP from a client", "d0 00")),
  after("a remaining length of five bytes", "30 ff ff ff ff 01", malformed),
  after("PUBLISH without a body", "30 00", malformed),
  after("PUBLISH whose topic is longer than the packet", "30 03 00 05 61", malformed),
  after("PUBLISH without property length", "30 03 00 01 61", malformed),
  after("PUBLISH at QoS 1 without packet id", "32 03 00 01 61", malformed),
  after("PUBACK without packet id", "40 00", malformed),
  after("PUBREC with half a packet id", "50 01 00", malformed),
  after("PUBREL without packet id", "62 00", malformed),
  after("PUBCOMP without packet id", "70 00", malformed),
  after("SUBSCRIBE without a body", "82 00", malformed),
  after("SUBSCRIBE that ends before the options", "82 06 00 01 00 00 01 61", malformed),
  after("UNSUBSCRIBE without a body", "a2 00", malformed),
  after("UNSUBSCRIBE whose filter is longer than the packet", "a2 06 00 01 00 00 09 61", malformed),
  lenient(after("PINGREQ with a body", "c0 01 00", malformed)),
  after("PUBREL with flags 0000", "60 02 00 01", malformed),
  after("SUBSCRIBE with flags 0000", "80 07 00 01 00 00 01 61 00", malformed),
  after("UNSUBSCRIBE with flags 0000", "a0 06 00 01 00 00 01 61", malformed),
];

const messages: readonly BadPacketRow[] = [
  after("QoS 3", packets.publish({ version, topic: "a", qos: 3, packetId: 1 }), malformed),
  lenient(after("DUP at QoS 0", packets.publish({ version, topic: "a", dup: true }))),
  after("packet id 0 at QoS 1", packets.publish({ version, topic: "a", qos: 1, packetId: 0 })),
  after("packet id 0 at QoS 2", packets.publish({ version, topic: "a", qos: 2, packetId: 0 })),
  after("no topic and no alias", packets.publish({ version, topic: "" }), protocolError),
  after("an unknown topic alias", packets.publish({ version, topic: "", properties: [[prop.topicAlias, 1]] }), either),
  after("topic alias 0", publish([[prop.topicAlias, 0]]), [0x94]),
  after("# in a topic", packets.publish({ version, topic: "bystander/#" }), [0x81, 0x82, 0x90]),
  after("+ in a topic", packets.publish({ version, topic: "bystander/+" }), [0x81, 0x82, 0x90]),
  lenient(after("a subscription identifier from a client", publish([[prop.subscriptionIdentifier, 1]]))),
  after("a topic alias twice", publish(packets.raw("06 23 00 01 23 00 01")), protocolError),
  after("a message expiry twice", publish(packets.raw("0a 02 00 00 00 01 02 00 00 00 01")), protocolError),
  after("a content type twice", publish(packets.raw("08 03 00 01 61 03 00 01 61")), protocolError),
  after("an unknown property", publish(packets.raw("02 7f 00")), malformed),
  after("a property of CONNECT", publish(packets.raw("03 21 00 05"))),
  after("a will delay", publish(packets.raw("05 18 00 00 00 01"))),
  after("a property that is cut off", publish(packets.raw("03 02 00 00")), malformed),
  after("properties longer than the packet", publish(packets.raw("7f")), malformed),
  lenient(after("Payload Format Indicator 2", publish([[prop.payloadFormatIndicator, 2]]), [0x81, 0x82, 0x99])),
  lenient(after("a wildcard in a response topic", publish([[prop.responseTopic, "a/#"]]), [0x81, 0x82, 0x90])),
];

const subscriptions: readonly BadPacketRow[] = [
  after("SUBSCRIBE with packet id 0", packets.subscribe({ version, packetId: 0, filters: [{ filter: "a" }] })),
  after("SUBSCRIBE without filters", packets.subscribe({ version, packetId: 1, filters: [] })),
  after("UNSUBSCRIBE without filters", packets.unsubscribe({ version, packetId: 1, filters: [] })),
  after("UNSUBSCRIBE with packet id 0", packets.unsubscribe({ version, packetId: 0, filters: ["a"] })),
  after("a subscription with QoS 3", subscribe("a", 0x03)),
  after("a subscription with bit 6", subscribe("a", 0x40), malformed),
  after("a subscription with bit 7", subscribe("a", 0x80), malformed),
  after("Retain Handling 3", subscribe("a", 0x30)),
  lenient(after("No Local on a shared subscription", subscribe("$share/g/a", 0x04), protocolError)),
  after("subscription identifier 0", subscribe("a", 0, [[prop.subscriptionIdentifier, 0]])),
  after("a subscription identifier twice", subscribe("a", 0, packets.raw("04 0b 01 0b 02")), protocolError),
  after("SUBSCRIBE with an unknown property", subscribe("a", 0, packets.raw("02 7f 00")), malformed),
  after("SUBSCRIBE with a topic alias", subscribe("a", 0, [[prop.topicAlias, 1]])),
];

const rest: readonly BadPacketRow[] = [
  lenient(after("PUBACK with a code that does not exist", packets.puback(1, { reasonCode: 0x01 }))),
  lenient(after("PUBREC with a code that does not exist", packets.pubrec(1, { reasonCode: 0x01 }))),
  lenient(after("PUBREL with a code that does not exist", packets.pubrel(1, { reasonCode: 0x01 }))),
  lenient(after("PUBCOMP with a code that does not exist", packets.pubcomp(1, { reasonCode: 0x01 }))),
  after("PUBACK with a property of PUBLISH", packets.puback(1, { reasonCode: 0, properties: [[prop.topicAlias, 1]] })),
  after("DISCONNECT with reserved bits", packets.disconnect({ firstByte: 0xe1 }), malformed),
  lenient(after("DISCONNECT with a code that does not exist", packets.disconnect({ reasonCode: 0x03 }))),
  after(
    "DISCONNECT that lengthens a session of no length",
    packets.disconnect({
      reasonCode: 0,
      properties: [[prop.sessionExpiryInterval, 10]],
    }),
    protocolError,
  ),
  after("AUTH without a method", packets.auth({ reasonCode: 0x19 }), protocolError),
  after("AUTH with reserved bits", packets.auth({ firstByte: 0xf1, reasonCode: 0x19 }), malformed),
];

const connects: readonly BadPacketRow[] = [
  first("a CONNECT with the reserved flag", packets.connect({ version, flags: 0x03 }), malformed),
  first("a CONNECT with a will QoS but no will", packets.connect({ version, flags: 0x0a }), malformed),
  first("a CONNECT with a will QoS of 3", packets.connect({ version, will: { topic: "a", qos: 3 } }), malformed),
  first("a CONNECT with will retain but no will", packets.connect({ version, flags: 0x22 }), malformed),
  first("a CONNECT with surplus bytes", packets.connect({ version, surplus: packets.raw("00") }), malformed),
  first("a CONNECT with Receive Maximum 0", packets.connect({ version, properties: [[prop.receiveMaximum, 0]] })),
  first(
    "a CONNECT with Maximum Packet Size 0",
    packets.connect({ version, properties: [[prop.maximumPacketSize, 0]] }),
  ),
  first("a CONNECT with an unknown property", packets.connect({ version, properties: packets.raw("02 7f 00") })),
  first("a CONNECT without a client id", packets.raw("10 0b 00 04 4d 51 54 54 05 02 00 00 00"), malformed),
  first("a PINGREQ before CONNECT", packets.pingreq()),
  first("an AUTH before CONNECT", packets.auth()),
  first("packet type 0 before CONNECT", packets.raw("00 00")),
];

/** The table of bad packets, in the order of the standard's chapters. */
export const badPackets: readonly BadPacketRow[] = [...framing, ...messages, ...subscriptions, ...rest, ...connects];
