import { ServerViolation } from "./byte-reader.ts";
import type { Version } from "./packet-writer.ts";
import { prop } from "./property-table.ts";
import { describe, property, type ServerPacket, type ServerPacketType } from "./server-packet.ts";

const connackCodes = [
  0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b,
  0x9c, 0x9d, 0x9f,
];
const publishCodes = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
const disconnectCodes = [
  0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
  0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
];

/** The reason codes that 5.0 allows a SERVER to put in each packet. */
const codesOf5: Readonly<Record<ServerPacketType, readonly number[]>> = {
  connack: connackCodes,
  publish: [],
  puback: publishCodes,
  pubrec: publishCodes,
  pubrel: [0x00, 0x92],
  pubcomp: [0x00, 0x92],
  suback: [0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2],
  unsuback: [0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91],
  pingresp: [],
  disconnect: disconnectCodes,
  auth: [0x00, 0x18],
};

const reasonAndUser: readonly number[] = [prop.reasonString, prop.userProperty];

/**
 * The properties that 5.0 allows a SERVER to put in each packet: no session expiry interval in DISCONNECT
 * [MQTT-3.14.2-2].
 */
const propertiesOf5: Readonly<Record<ServerPacketType, readonly number[]>> = {
  connack: [0x11, 0x12, 0x13, 0x15, 0x16, 0x1a, 0x1c, 0x1f, 0x21, 0x22, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a],
  publish: [0x01, 0x02, 0x03, 0x08, 0x09, 0x0b, 0x23, 0x26],
  puback: reasonAndUser,
  pubrec: reasonAndUser,
  pubrel: reasonAndUser,
  pubcomp: reasonAndUser,
  suback: reasonAndUser,
  unsuback: reasonAndUser,
  pingresp: [],
  disconnect: [prop.serverReference, ...reasonAndUser],
  auth: [prop.authenticationMethod, prop.authenticationData, ...reasonAndUser],
};

const booleans: ReadonlySet<number> = new Set([0x01, 0x24, 0x25, 0x28, 0x29, 0x2a]);

/** What the client asked of the server in its CONNECT; undefined when the test wrote the CONNECT's bytes itself. */
export interface ClientLimits {
  readonly maximumPacketSize: number;
  readonly topicAliasMaximum: number;
  readonly requestProblemInformation: boolean;
  readonly sentAuthenticationMethod: boolean;
}

/** Watches one connection and throws {@link ServerViolation} for what no server may ever do, whatever is tested. */
export class ServerRules {
  readonly #version: Version;
  #phase: "before CONNACK" | "connected" | "after a refusal" | "after DISCONNECT" = "before CONNACK";
  limits: ClientLimits | undefined;

  constructor(version: Version) {
    this.#version = version;
  }

  check(packet: ServerPacket): void {
    const breach = this.#order(packet) ?? flags(packet) ?? this.#layout(packet) ?? this.#limits(packet);
    if (breach !== undefined) throw new ServerViolation(`${breach}: ${describe(packet)}`);
  }

  #order(packet: ServerPacket): string | undefined {
    if (this.#phase === "after DISCONNECT") return "a packet after DISCONNECT";
    if (this.#phase === "after a refusal") return "a packet after a CONNACK that refuses";
    if (this.#phase === "connected") {
      if (packet.type === "connack") return "a second CONNACK";
      if (packet.type === "disconnect") this.#phase = "after DISCONNECT";
      return undefined;
    }
    if (packet.type === "auth") {
      return this.limits?.sentAuthenticationMethod === false ? "[MQTT-4.12.0-6] AUTH that nobody asked for" : undefined;
    }
    if (packet.type === "disconnect") return "[MQTT-3.14.0-1] DISCONNECT before CONNACK";
    if (packet.type !== "connack") return "[MQTT-3.2.0-1] a packet before CONNACK";
    this.#phase = packet.reasonCode === 0 ? "connected" : "after a refusal";
    return undefined;
  }

  #layout(packet: ServerPacket): string | undefined {
    if (packet.type === "connack" && packet.reasonCode !== 0 && packet.sessionPresent) {
      return "[MQTT-3.2.2-6] session present beside a refusal";
    }
    if (packet.type === "suback" && packet.reasonCodes.length === 0) return "SUBACK without codes";
    return this.#version === 5 ? version5(packet) : version3(packet, this.#version);
  }

  #limits(packet: ServerPacket): string | undefined {
    const limits = this.limits;
    if (limits === undefined || this.#version !== 5) return undefined;
    if (packet.raw.length > limits.maximumPacketSize) return "[MQTT-3.1.2-24] above the client's maximum packet size";
    const alias = property(packet, prop.topicAlias);
    if (packet.type === "publish" && typeof alias === "number" && (alias === 0 || alias > limits.topicAliasMaximum)) {
      return "[MQTT-3.1.2-26] a topic alias above the client's maximum";
    }
    const mayExplain = packet.type === "publish" || packet.type === "connack" || packet.type === "disconnect";
    if (
      !limits.requestProblemInformation &&
      !mayExplain &&
      packet.properties.some(([id]) => reasonAndUser.includes(id))
    ) {
      return "[MQTT-3.1.2-29] problem information that the client did not want";
    }
    return undefined;
  }
}

/** [MQTT-2.1.3-1] The lower half of the first byte is fixed for all but PUBLISH. */
function flags(packet: ServerPacket): string | undefined {
  const low = packet.firstByte & 0x0f;
  if (packet.type !== "publish") {
    return low === (packet.type === "pubrel" ? 2 : 0) ? undefined : "[MQTT-2.1.3-1] reserved header bits";
  }
  if (packet.qos === 3) return "[MQTT-3.3.1-4] QoS 3";
  if (packet.qos === 0 && packet.dup) return "[MQTT-3.3.1-2] DUP at QoS 0";
  if (packet.qos > 0 && packet.packetId === 0) return "[MQTT-2.2.1-4] packet id 0";
  if (/[+#]/.test(packet.topic)) return "[MQTT-3.3.2-2] a wildcard in a topic name";
  if (packet.topic === "") return "[MQTT-4.7.3-1] an empty topic name";
  return undefined;
}

function version3(packet: ServerPacket, version: Version): string | undefined {
  if (packet.type === "disconnect" || packet.type === "auth") return "a packet that 3.1.1 does not know";
  if (packet.type === "connack") {
    if (packet.reasonCode > 5) return "a return code that 3.1.1 does not know";
    if (version === 3 && packet.sessionPresent) return "session present toward a 3.1 client";
  }
  if (packet.type === "unsuback" && packet.reasonCodes.length > 0) return "an UNSUBACK with a payload";
  if (packet.type !== "suback") return undefined;
  const allowed = version === 3 ? [0, 1, 2] : [0, 1, 2, 0x80];
  return packet.reasonCodes.every((code) => allowed.includes(code)) ? undefined : "[MQTT-3.9.3-2] a reserved code";
}

function version5(packet: ServerPacket): string | undefined {
  const codes = "reasonCode" in packet ? [packet.reasonCode] : "reasonCodes" in packet ? packet.reasonCodes : [];
  if (!codes.every((code) => codesOf5[packet.type].includes(code))) return "a reason code not allowed in this packet";
  if (packet.type === "unsuback" && codes.length === 0) return "UNSUBACK without codes";
  const seen = new Set<number>();
  for (const [id, value] of packet.properties) {
    if (!propertiesOf5[packet.type].includes(id)) return `property 0x${id.toString(16)} not allowed in this packet`;
    const mayRepeat = id === prop.userProperty || (id === prop.subscriptionIdentifier && packet.type === "publish");
    if (seen.has(id) && !mayRepeat) return `property 0x${id.toString(16)} twice`;
    seen.add(id);
    if (booleans.has(id) && value !== 0 && value !== 1) return `property 0x${id.toString(16)} is not 0 or 1`;
    const mustNotBeZero =
      id === prop.receiveMaximum || id === prop.maximumPacketSize || id === prop.subscriptionIdentifier;
    if (mustNotBeZero && value === 0) return `property 0x${id.toString(16)} is 0`;
  }
  return undefined;
}
