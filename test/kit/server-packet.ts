import type { Property, PropertyValue } from "./property-table.ts";

interface Wire {
  /** The packet's first byte as it came. */
  readonly firstByte: number;
  /** The whole packet as it came, fixed header included. */
  readonly raw: Buffer;
  /** In the order of the wire, repeated ones repeated; always empty for 3.1 and 3.1.1. */
  readonly properties: readonly Property[];
}

export interface ConnackPacket extends Wire {
  readonly type: "connack";
  readonly sessionPresent: boolean;
  /** The return code of 3.1 and 3.1.1, the reason code of 5.0. */
  readonly reasonCode: number;
}

export interface PublishPacket extends Wire {
  readonly type: "publish";
  readonly qos: number;
  readonly dup: boolean;
  readonly retain: boolean;
  /** 0 when `qos` is 0. */
  readonly packetId: number;
  /** The topic after the topic alias was looked up. */
  readonly topic: string;
  /** The topic as it stood in the packet: empty when only an alias was sent. */
  readonly wireTopic: Buffer;
  readonly payload: Buffer;
}

export interface AcknowledgementPacket extends Wire {
  readonly type: "puback" | "pubrec" | "pubrel" | "pubcomp";
  readonly packetId: number;
  /** 0 when left out. */
  readonly reasonCode: number;
}

export interface SubackPacket extends Wire {
  readonly type: "suback";
  readonly packetId: number;
  /** One for each filter, in the order of the filters. */
  readonly reasonCodes: readonly number[];
}

export interface UnsubackPacket extends Wire {
  readonly type: "unsuback";
  readonly packetId: number;
  /** One for each filter in 5.0, none in 3.1 and 3.1.1. */
  readonly reasonCodes: readonly number[];
}

export interface PingrespPacket extends Wire {
  readonly type: "pingresp";
}

export interface DisconnectPacket extends Wire {
  readonly type: "disconnect";
  readonly reasonCode: number;
}

export interface AuthPacket extends Wire {
  readonly type: "auth";
  readonly reasonCode: number;
}

/** Any packet that a server may send. */
export type ServerPacket =
  | ConnackPacket
  | PublishPacket
  | AcknowledgementPacket
  | SubackPacket
  | UnsubackPacket
  | PingrespPacket
  | DisconnectPacket
  | AuthPacket;

/** The name of a packet that a server may send. */
export type ServerPacketType = ServerPacket["type"];

/** The packet shape that belongs to a type name. */
export type PacketOf<T extends ServerPacketType> =
  Extract<ServerPacket, { readonly type: T }> extends never
    ? AcknowledgementPacket
    : Extract<ServerPacket, { readonly type: T }>;

/** The first value of a property, or undefined when the packet does not carry it. */
export function property(packet: ServerPacket, id: number): PropertyValue | undefined {
  return packet.properties.find(([other]) => other === id)?.[1];
}

/** All values of a property in the order of the packet: for user properties and subscription identifiers. */
export function properties(packet: ServerPacket, id: number): PropertyValue[] {
  return packet.properties.filter(([other]) => other === id).map(([, value]) => value);
}

/** A packet in a few words, for the message of a failed test. */
export function describe(packet: ServerPacket): string {
  const bytes =
    packet.raw.length > 48
      ? `${packet.raw.toString("hex", 0, 48)}… (${packet.raw.length} bytes)`
      : packet.raw.toString("hex");
  const details: string[] = [];
  if ("packetId" in packet) details.push(`packet id ${packet.packetId}`);
  if ("reasonCode" in packet) details.push(`code 0x${packet.reasonCode.toString(16).padStart(2, "0")}`);
  if ("reasonCodes" in packet)
    details.push(`codes ${packet.reasonCodes.map((code) => `0x${code.toString(16)}`).join(" ")}`);
  if (packet.type === "publish") details.push(`topic ${JSON.stringify(packet.topic)} QoS ${packet.qos}`);
  return `${packet.type.toUpperCase()} ${details.join(", ")} [${bytes}]`;
}
