import type { Peer } from "../base/mod.ts";
import type { ProtocolVersion, Properties, Qos, ReasonCode, SubscribeEntry } from "../protocol/mod.ts";
import type { Client } from "./hook-client.ts";

/** A CONNECT that is being judged. What can be written is what `beforeConnect` may change. */
export interface ConnectAttempt {
  /** Empty where the client wants one made up. */
  clientId: string;
  userName: string | null;
  /** The hook's own copy. */
  password: Buffer | null;
  cleanStart: boolean;
  /** Seconds; 0: never checked. */
  keepAlive: number;
  /** Seconds; null: as the client asked. Limits of the configuration still apply. */
  sessionExpirySeconds: number | null;
  /** False takes the will away. */
  will: { readonly topic: string; readonly qos: Qos; readonly retain: boolean } | false | null;
  readonly protocolVersion: ProtocolVersion;
  /** Where the connection comes from, as `192.0.2.7:51234`, or `unix`. */
  readonly remoteAddress: string;
  /** Who is at the other end: address, proxy, TLS, certificate. */
  readonly peer: Peer;
  /** Name of the listener that it came in by, as `mqtt`. */
  readonly listener: string;
  /** Properties of the CONNECT; none before MQTT 5.0. */
  readonly properties: Readonly<Properties>;
}

/** A client was let in. */
export interface Connected {
  readonly client: Client;
  /** True if it found its session (Session Present of CONNACK). */
  readonly sessionPresent: boolean;
}

/** A connection that was announced by `afterConnect` is over. */
export interface Disconnected {
  readonly client: Client;
  /**
   * Of the DISCONNECT that the client sent, or that the server sent or would have sent; null where the connection just
   * broke.
   */
  readonly reasonCode: ReasonCode | null;
  /** What a log line would say; empty if nothing is known. */
  readonly reason: string;
  /** True if the client identifier connected again elsewhere. */
  readonly takenOver: boolean;
}

/**
 * A message on its way: read it and, in a before-hook, change it. Valid while the hook runs; an async hook keeps it.
 */
export interface Message {
  /** Who published it; null: the server itself, or a client that has gone (a will, a queued message). */
  readonly client: Client | null;
  /** Client identifier of the publisher, empty for the server. */
  readonly publisherId: string;
  topic: string;
  /** A copy, made when it is asked for first; text may be assigned. */
  get payload(): Buffer;
  set payload(value: Uint8Array | string);
  /** Bytes of the payload; costs no copy. */
  readonly payloadBytes: number;
  qos: Qos;
  retain: boolean;
  /**
   * Payload Format Indicator, Message Expiry Interval (seconds), Content Type, Response Topic, Correlation Data, User
   * Properties. Assign a whole new set to change them.
   */
  properties: Readonly<Properties>;
}

/** A message as observers see it. */
export type ReadonlyMessage = Readonly<Message>;

/** A client wants to publish. */
export interface PublishRight {
  readonly client: Client;
  readonly topic: string;
  readonly qos: Qos;
  readonly retain: boolean;
  /** True if it is the will of a CONNECT. */
  readonly will: boolean;
}

/** A client wants to subscribe to one filter. */
export interface SubscribeRight {
  readonly client: Client;
  /** As the client sent it: a shared subscription is `$share/NAME/FILTER`. */
  readonly filter: string;
  readonly qos: Qos;
}

/** A message was published: it has been handed to everyone who gets it. */
export interface Published {
  readonly message: ReadonlyMessage;
  /** True if at least one session gets it. */
  readonly matched: boolean;
}

/** SUBSCRIBE. Replace an entry in `entries` to change it; their number stays. */
export interface SubscribeRequest {
  readonly client: Client;
  readonly entries: SubscribeEntry[];
  readonly properties: Readonly<Properties>;
  /** Refuses the entry at `index` and no other. */
  refuse(index: number, reasonCode: ReasonCode): void;
}

/** SUBSCRIBE was answered. */
export interface Subscribed {
  readonly client: Client;
  readonly entries: readonly SubscribeEntry[];
  /** One for each entry: the granted QoS, or why not. */
  readonly reasonCodes: readonly ReasonCode[];
}

/** UNSUBSCRIBE. Replace a filter in `filters` to change it; their number stays. */
export interface UnsubscribeRequest {
  readonly client: Client;
  readonly filters: string[];
  readonly properties: Readonly<Properties>;
  /** Refuses the filter at `index` and no other. */
  refuse(index: number, reasonCode: ReasonCode): void;
}

/** UNSUBSCRIBE was answered. */
export interface Unsubscribed {
  readonly client: Client;
  readonly filters: readonly string[];
  readonly reasonCodes: readonly ReasonCode[];
}

/** A message is about to go to one subscriber, or into its queue. */
export interface Delivery {
  /** Client identifier of the subscriber. */
  readonly clientId: string;
  /** The filter that matched. */
  readonly filter: string;
  /** Change it, and this subscriber alone gets the changed one. */
  readonly message: Message;
}

/** A client has acknowledged a message: PUBACK at QoS 1, PUBREC at QoS 2. */
export interface Acknowledged {
  readonly clientId: string;
  readonly packetId: number;
  readonly qos: Qos;
  readonly reasonCode: ReasonCode;
  readonly message: ReadonlyMessage | null;
}

/** Messages did not reach a subscriber. */
export interface DroppedMessages {
  /** The subscriber; null where the message was lost before it came to any: not retained, not stored, delayed. */
  readonly clientId: string | null;
  /** One of the labels of the metric `akasa_messages_dropped_total`. */
  readonly reason: string;
  /** 1, or more where a session ended with its queue. */
  readonly count: number;
  /** The message where it is one. */
  readonly message: ReadonlyMessage | null;
}

/** Something happened to a session. */
export interface SessionChange {
  readonly clientId: string;
}

/** A session was ended before its time. */
export interface SessionDiscarded {
  readonly clientId: string;
  /** `cleanStart`: the client asked for a new one; `disconnected`: it was to last as long as its connection. */
  readonly cause: "cleanStart" | "disconnected";
}

/** A will was published. */
export interface WillPublished {
  readonly clientId: string;
  readonly message: ReadonlyMessage;
}
