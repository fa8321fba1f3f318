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
  /** Gauge: open connections, with or without a session. */
  connections = 0;
  /** Gauge: connections whose client has a session. */
  clients = 0;
}
