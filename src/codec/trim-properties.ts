import type { Packet, Properties } from "../protocol/mod.ts";
import { packetSize } from "./packet.ts";

/** What a 5.0 client said about the answers it wants. */
export interface AnswerLimits {
  /** Its Maximum Packet Size in bytes (section 3.1.2.11.4); Infinity where it gave none. */
  readonly packetSizeMax: number;
  /** Its Request Problem Information (section 3.1.2.11.7); true where it gave none. */
  readonly problemInformation: boolean;
}

/** The packets that have a Reason String. */
export type Answer = Extract<
  Packet,
  { type: "connack" | "puback" | "pubrec" | "pubrel" | "pubcomp" | "suback" | "unsuback" | "disconnect" | "auth" }
>;

/**
 * The 5.0 packet as the client may be sent it.
 *
 * [MQTT-3.1.2-29] A client that asked for no problem information gets Reason String and User Properties in CONNACK and
 * DISCONNECT only.
 *
 * [MQTT-3.2.2-19] [MQTT-3.2.2-20] [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-2]
 * [MQTT-3.6.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3] [MQTT-3.9.2-1] [MQTT-3.9.2-2] [MQTT-3.11.2-1] [MQTT-3.11.2-2]
 * [MQTT-3.14.2-3] [MQTT-3.14.2-4] [MQTT-3.15.2-2] [MQTT-3.15.2-3] Where the packet exceeds the client's Maximum Packet
 * Size, the User Properties go first and then the Reason String: the sentence says why, the others are decoration.
 *
 * What is too large then still is: the caller does not send it [MQTT-3.1.2-24].
 */
export function trimProperties<P extends Answer>(packet: P, limits: AnswerLimits): P {
  const { reasonString, userProperties } = packet.properties;
  if (reasonString === undefined && userProperties === undefined) return packet;
  const mayExplain = limits.problemInformation || packet.type === "connack" || packet.type === "disconnect";
  let trimmed = mayExplain ? packet : without(without(packet, "userProperties"), "reasonString");
  if (packetSize(trimmed, 5) > limits.packetSizeMax) trimmed = without(trimmed, "userProperties");
  if (packetSize(trimmed, 5) > limits.packetSizeMax) trimmed = without(trimmed, "reasonString");
  return trimmed;
}

function without<P extends Answer>(packet: P, name: "reasonString" | "userProperties"): P {
  const properties: Properties = { ...packet.properties };
  delete properties[name];
  return { ...packet, properties };
}
