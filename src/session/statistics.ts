/** Why a message did not reach a subscriber. The labels of the metric `akasa_messages_dropped_total`. */
export const DropReason = {
  /** QoS 0 to a client that does not read fast enough. */
  slowConsumer: 0,
  /** The session's queue is full by count. */
  queueFull: 1,
  /** The session's queue is full by bytes. */
  queueBytesFull: 2,
  /** Message Expiry Interval passed while it waited. */
  expired: 3,
  /** Larger than the client's Maximum Packet Size. */
  tooLarge: 4,
  /** The session ended before it was delivered. */
  sessionEnded: 5,
  /** A retained message that the limits did not allow to keep. */
  retainedLimit: 6,
  /** The subscriber may not receive messages of this topic. */
  denied: 7,
  /** The queues of all sessions together are full. */
  allQueuesFull: 8,
  /** The store fails or is full, and the message was to be kept in it. */
  storeRefused: 9,
  /** A deliver hook said no, or failed. */
  hook: 10,
  /** Another shard of the broker, where it has subscribers, has not taken anything for a second. */
  shardStuck: 11,
} as const;

/** One of {@link DropReason}'s values. */
export type DropReason = (typeof DropReason)[keyof typeof DropReason];

/** Names of the drop reasons as metric labels, by number. */
export const dropReasonNames: readonly string[] = [
  "slow_consumer",
  "queue_full",
  "queue_bytes_full",
  "expired",
  "too_large",
  "session_ended",
  "retained_limit",
  "denied",
  "all_queues_full",
  "store_refused",
  "hook",
  "shard_stuck",
];

/** Limits that refuse or slow down a client. The labels of the metric `akasa_limits_reached_total`. */
export const Limit = {
  connections: 0,
  listenerConnections: 1,
  addressConnections: 2,
  memory: 3,
  eventLoop: 4,
  connectTime: 5,
  connectRate: 6,
  bannedAddress: 7,
  flapping: 8,
  sessions: 9,
  packetSize: 10,
  messageRate: 11,
  byteRate: 12,
  topic: 13,
  subscriptions: 14,
  connectBytes: 15,
  inflight: 16,
  queuedBytes: 17,
  readAhead: 18,
  shardWaiting: 19,
} as const;

/** One of {@link Limit}'s values. */
export type Limit = (typeof Limit)[keyof typeof Limit];

/** Names of the limits as metric labels, by number. */
export const limitNames: readonly string[] = [
  "connections",
  "listener_connections",
  "address_connections",
  "memory",
  "event_loop",
  "connect_time",
  "connect_rate",
  "banned_address",
  "flapping",
  "sessions",
  "packet_size",
  "message_rate",
  "byte_rate",
  "topic",
  "subscriptions",
  "unfinished_connects",
  "inflight",
  "queued_bytes",
  "read_ahead",
  "shard_waiting",
];

/** What a client was not allowed to do. The labels of the metric `akasa_denied_total`. */
export const DeniedAction = { connect: 0, publish: 1, subscribe: 2, will: 3 } as const;

/** One of {@link DeniedAction}'s values. */
export type DeniedAction = (typeof DeniedAction)[keyof typeof DeniedAction];

/** Names of the denied actions as metric labels, by number. */
export const deniedActionNames: readonly string[] = ["connect", "publish", "subscribe", "will"];

/**
 * Counters of one shard; plain numbers, since they are counted up on the publish path. All only grow but the gauges.
 */
export class Statistics {
  /** Packets and bytes from clients, and to clients, by packet type. */
  readonly packetsReceived: Float64Array = new Float64Array(16);
  readonly packetsSent: Float64Array = new Float64Array(16);
  bytesReceived = 0;
  bytesSent = 0;
  /** PUBLISH packets handed to the router, by the clients and by the server. */
  messagesPublished = 0;
  /** Copies handed to connections. */
  messagesDelivered = 0;
  readonly messagesDropped: Float64Array = new Float64Array(dropReasonNames.length);
  connectionsAccepted = 0;
  /** Connections refused before or by CONNACK. */
  connectionsRefused = 0;
  /** Requests that rules of access denied, by {@link DeniedAction}. */
  readonly denied: Float64Array = new Float64Array(deniedActionNames.length);
  /** Connections closed over something that the client did wrong. */
  protocolErrors = 0;
  keepAliveTimeouts = 0;
  /** Connections closed because what the client had proved was over. */
  proofsExpired = 0;
  takeovers = 0;
  willsPublished = 0;
  sessionsExpired = 0;
  /** How often each of {@link Limit} refused or slowed down a client. */
  readonly limitsReached: Float64Array = new Float64Array(limitNames.length);
  /** Gauge: bytes kept for connections whose client was not let in yet. */
  strangerBytes = 0;
  /** Gauge: bytes of the messages that wait in all sessions; one that waits in several counts in each. */
  queuedBytes = 0;
  /** Gauges: messages that are to be published later, and the bytes of their payloads. */
  delayedMessages = 0;
  delayedBytes = 0;
  /** Gauge: open connections, with or without a session. */
  connections = 0;
  /** Gauge: connections whose client has a session. */
  clients = 0;
  /** Gauges of the other shards of this broker, which limits of the whole broker count as well. */
  readonly elsewhere = { connections: 0, sessions: 0, queuedBytes: 0, strangerBytes: 0 };

  /** {@link strangerBytes} of all shards of the broker. */
  get strangerBytesOfAll(): number {
    return this.strangerBytes + this.elsewhere.strangerBytes;
  }

  /** A limit refused or slowed down a client. */
  reached(limit: Limit): void {
    this.limitsReached[limit] = (this.limitsReached[limit] as number) + 1;
  }
}
