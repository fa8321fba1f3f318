import type { Properties } from "./properties.ts";
import type { ReasonCode } from "./reason-code.ts";
import type { ProtocolVersion, Qos } from "./version.ts";

/** The Will of a CONNECT (MQTT 5.0 section 3.1.2.5). */
export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly properties: Readonly<Properties>;
}

/** CONNECT (section 3.1). */
export interface ConnectPacket {
  readonly type: "connect";
  readonly version: ProtocolVersion;
  /** True where level bit 7 marked a bridge (a convention of Mosquitto, not of the standard). */
  readonly bridge: boolean;
  readonly cleanStart: boolean;
  /** Seconds; 0 switches the check off. */
  readonly keepAlive: number;
  readonly clientId: string;
  readonly will: Will | null;
  readonly userName: string | null;
  readonly password: Uint8Array | null;
  readonly properties: Readonly<Properties>;
}

/** CONNACK (section 3.2). `reasonCode` is the 5.0 code for all versions; the codec maps it for 3.1 and 3.1.1. */
export interface ConnackPacket {
  readonly type: "connack";
  readonly sessionPresent: boolean;
  readonly reasonCode: ReasonCode;
  readonly properties: Readonly<Properties>;
}

/** PUBLISH (section 3.3). */
export interface PublishPacket {
  readonly type: "publish";
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly dup: boolean;
  /** 0 at QoS 0, else 1 to 65,535. */
  readonly packetId: number;
  readonly properties: Readonly<Properties>;
}

/** PUBACK, PUBREC, PUBREL, PUBCOMP (sections 3.4 to 3.7). */
export interface AckPacket {
  readonly type: "puback" | "pubrec" | "pubrel" | "pubcomp";
  readonly packetId: number;
  readonly reasonCode: ReasonCode;
  readonly properties: Readonly<Properties>;
}

/** How a client wants one filter served (section 3.8.3.1). */
export interface SubscriptionOptions {
  readonly qos: Qos;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  /** 0: send retained messages, 1: only if the subscription is new, 2: never. */
  readonly retainHandling: 0 | 1 | 2;
}

/** One entry of SUBSCRIBE; the filter is as sent, not yet checked for its syntax. */
export interface SubscribeEntry extends SubscriptionOptions {
  readonly filter: string;
}

/** SUBSCRIBE (section 3.8). */
export interface SubscribePacket {
  readonly type: "subscribe";
  readonly packetId: number;
  readonly entries: readonly SubscribeEntry[];
  readonly properties: Readonly<Properties>;
}

/** SUBACK (section 3.9). */
export interface SubackPacket {
  readonly type: "suback";
  readonly packetId: number;
  readonly reasonCodes: readonly ReasonCode[];
  readonly properties: Readonly<Properties>;
}

/** UNSUBSCRIBE (section 3.10). */
export interface UnsubscribePacket {
  readonly type: "unsubscribe";
  readonly packetId: number;
  readonly filters: readonly string[];
  readonly properties: Readonly<Properties>;
}

/** UNSUBACK (section 3.11); 3.1 and 3.1.1 have no codes, there the list is not sent. */
export interface UnsubackPacket {
  readonly type: "unsuback";
  readonly packetId: number;
  readonly reasonCodes: readonly ReasonCode[];
  readonly properties: Readonly<Properties>;
}

/** PINGREQ and PINGRESP (sections 3.12, 3.13). */
export interface PingPacket {
  readonly type: "pingreq" | "pingresp";
}

/** DISCONNECT (section 3.14). */
export interface DisconnectPacket {
  readonly type: "disconnect";
  readonly reasonCode: ReasonCode;
  readonly properties: Readonly<Properties>;
}

/** AUTH (section 3.15), 5.0 only. */
export interface AuthPacket {
  readonly type: "auth";
  readonly reasonCode: ReasonCode;
  readonly properties: Readonly<Properties>;
}

/** Any packet, as one tagged union for all versions. */
export type Packet =
  | ConnectPacket
  | ConnackPacket
  | PublishPacket
  | AckPacket
  | SubscribePacket
  | SubackPacket
  | UnsubscribePacket
  | UnsubackPacket
  | PingPacket
  | DisconnectPacket
  | AuthPacket;
