/** What a rule of {@link AclGrant} speaks about: publishing, subscribing, and getting a message at all. */
export type AclAction = "publish" | "subscribe" | "receive";

/** One rule that goes with a client's proof (a claim of its token, an answer of the call-out, a hook). */
export interface AclGrant {
  readonly effect: "allow" | "deny";
  readonly actions: readonly AclAction[];
  /** Topic filters; `%c` stands for the client identifier and `%u` for the user name. Not yet checked for syntax. */
  readonly topics: readonly string[];
}

/** Limits of one client, each in place of the one that the configuration has for everybody. Absent: no change. */
export interface ClientLimits {
  /** PUBLISH packets per second that are read from the client. */
  readonly messagesPerSecond?: number;
  /** Bytes per second that are read from the client. */
  readonly bytesPerSecond?: number;
  /** Largest packet accepted from the client, in bytes. */
  readonly packetSizeMax?: number;
  readonly subscriptionsMax?: number;
  /** QoS 1 and 2 messages in flight in each direction. */
  readonly inflightMax?: number;
  /** Messages that wait for the client. */
  readonly queuedMessagesMax?: number;
  /** Bytes of messages that wait for the client. */
  readonly queuedBytesMax?: number;
  readonly topicLevelsMax?: number;
  /** Bytes of a topic name or filter. */
  readonly topicBytesMax?: number;
}

/** What is known of a client that was let in, for as long as its connection lives or until it proves itself again. */
export interface AuthenticationResult {
  /** The name that was proved; null if nobody proved one. */
  readonly userName: string | null;
  /** Groups that rules of access may name. */
  readonly groups?: readonly string[];
  readonly limits?: ClientLimits;
  /** Rules of this client's own; they are asked before those of the configuration, in this order. */
  readonly acl?: readonly AclGrant[];
  /** Milliseconds since 1970 at which the proof is over: the client is disconnected, unless it proves itself anew. */
  readonly expiresAt?: number;
}

/** The result of a client that proved nothing. */
export const nobody: AuthenticationResult = Object.freeze({ userName: null });
