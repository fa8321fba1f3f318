import type { Qos } from "../protocol/mod.ts";

/** What connections are bound by, and what CONNACK announces; derived from the configuration once. */
export interface ConnectionSettings {
  /** Connections at the same time. */
  readonly connectionsMax: number;
  /** Largest packet sent to a client that names no Maximum Packet Size, in bytes. */
  readonly sentPacketSizeMax: number;
  /** Bytes waiting for a client above which QoS 0 messages for it are dropped and others wait in its session. */
  readonly outputBytesMax: number;
  /** Bytes waiting for a client above which nothing more is read from it. */
  readonly outputBytesHard: number;
  readonly maximumQos: Qos;
  readonly retainAvailable: boolean;
  readonly wildcardSubscriptionAvailable: boolean;
  readonly subscriptionIdentifierAvailable: boolean;
  readonly sharedSubscriptionAvailable: boolean;
  readonly topicAliasMaximum: number;
  /** Seconds. */
  readonly keepAliveMin: number;
  /** Seconds. */
  readonly keepAliveMax: number;
  readonly sessionExpirySecondsMax: number;
  /** Refuse client ids of more than 23 characters from 3.1 clients. */
  readonly clientIdLimited31: boolean;
  /** Retained messages sent for new subscriptions per turn and connection. */
  readonly retainedBatch: number;
  /** What a 3.1 or 3.1.1 client gets for a PUBLISH that is refused: those versions have no answer that says so. */
  readonly refusedPublishV3: "ignore" | "acknowledge" | "disconnect";
  /** Disconnect who sends faster than it may, instead of reading it more slowly. */
  readonly rateExceededCloses: boolean;
  /** Bytes of unfinished CONNECTs, and of what follows them while a client is judged, of all connections together. */
  readonly strangerBytesMax: number;
  /** Sessions, their clients connected or not. */
  readonly sessionsMax: number;
}
