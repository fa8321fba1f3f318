import { assert } from "../base/mod.ts";
import { packetTypeNames, PacketType, ProtocolError, type ProtocolVersion, ReasonCode } from "../protocol/mod.ts";
import { variableByteIntegerMax, variableByteIntegerSize, writeVariableByteInteger } from "./variable-byte-integer.ts";

// The fixed header (MQTT 5.0 section 2.1)
//
//   first byte         packet type(4) | flags(4)
//   remaining length   variable byte integer: the bytes behind it

/** Who sent a packet: some types, codes and properties are for one side only. */
export type Sender = "client" | "server";

/** The flags by packet type [MQTT-2.1.3-1]; those of PUBLISH have a meaning and are read with it. */
const flagsByType: readonly number[] = [0, 0, 0, 0, 0, 0, 2, 0, 2, 0, 2, 0, 0, 0, 0, 0];

function setOf(...types: readonly PacketType[]): number {
  return types.reduce((set, type) => set | (1 << type), 0);
}

const { publish, puback, pubrec, pubrel, pubcomp, disconnect, auth } = PacketType;
const both = setOf(publish, puback, pubrec, pubrel, pubcomp);
const fromClient = both | setOf(PacketType.connect, PacketType.subscribe, PacketType.unsubscribe, PacketType.pingreq);
const fromServer = both | setOf(PacketType.connack, PacketType.suback, PacketType.unsuback, PacketType.pingresp);

/** The types a side may send, as bits (section 2.1.2, table 2-1). */
const typesFrom: Readonly<Record<Sender, { readonly v3: number; readonly v5: number }>> = {
  client: { v3: fromClient | setOf(disconnect), v5: fromClient | setOf(disconnect, auth) },
  server: { v3: fromServer, v5: fromServer | setOf(disconnect, auth) },
};

/**
 * Checks a packet's first byte: that the type exists, that this side may send it, and that the reserved flags have
 * their values (MQTT 5.0 section 2.1). The flags of PUBLISH are left to `decodePublish`. CONNECT tells the version only
 * in its body: there this is called after `decodeConnect`, with the version found.
 * @throws ProtocolError 0x81 unknown type or wrong flags, 0x82 a type that this side does not send
 */
export function checkFlags(first: number, version: ProtocolVersion, sender: Sender = "client"): void {
  const type = first >> 4;
  const types = typesFrom[sender];
  if ((((version === 5 ? types.v5 : types.v3) >> type) & 1) === 0) refuseType(type, version, sender);
  // 3.1 has no constants there (its section 2.1): DUP may be set on PUBREL, SUBSCRIBE and UNSUBSCRIBE, other bits are
  // unused, and unused means not looked at.
  if (type === publish || version === 3) return;
  // [MQTT-2.1.3-1] [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.14.1-1] [MQTT-3.15.1-1], 3.1.1: [MQTT-2.2.2-2]
  if ((first & 0x0f) !== flagsByType[type]) {
    throw new ProtocolError(
      ReasonCode.malformedPacket,
      "MQTT-2.1.3-1",
      `the reserved flags of ${packetTypeNames[type]?.toUpperCase()} are wrong`,
    );
  }
}

function refuseType(type: number, version: ProtocolVersion, sender: Sender): never {
  if (type === 0 || (type === auth && version !== 5)) {
    throw new ProtocolError(ReasonCode.malformedPacket, "2.1.2", `packet type ${type} is reserved`);
  }
  throw new ProtocolError(
    ReasonCode.protocolError,
    "2.1.2",
    `${packetTypeNames[type]?.toUpperCase()} does not come from a ${sender}`,
  );
}

/** Bytes of a whole packet whose body takes `remaining` bytes. */
export function wholeSize(remaining: number): number {
  assert(remaining <= variableByteIntegerMax, "a packet to send is longer than MQTT allows");
  return 1 + variableByteIntegerSize(remaining) + remaining;
}

/** Writes the fixed header of a packet other than PUBLISH and answers where its body begins. */
export function writeFixedHeader(target: Buffer, at: number, type: PacketType, remaining: number): number {
  target[at] = (type << 4) | (flagsByType[type] as number);
  return writeVariableByteInteger(target, at + 1, remaining);
}
