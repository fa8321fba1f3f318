import type { ClientLimits } from "../auth/mod.ts";

/** What one client may take: the same object for all clients of a listener whose authentication says nothing else. */
export interface ClientTerms {
  /** Milliseconds that a new connection has for its CONNECT and authentication. */
  readonly connectTimeoutMilliseconds: number;
  /** Largest packet accepted, in bytes. */
  readonly packetSizeMax: number;
  /** QoS 1 and 2 messages that a client may have unacknowledged with us (Receive Maximum of CONNACK). */
  readonly receiveMaximum: number;
  /** QoS 1 and 2 messages in flight to a client that names no Receive Maximum. */
  readonly sendQuota: number;
  /** The same for one that does. */
  readonly sendQuotaMax: number;
  readonly subscriptionsMax: number;
  readonly topicLevelsMax: number;
  /** Bytes of a topic name or filter. */
  readonly topicBytesMax: number;
  /** Messages that wait for it. */
  readonly queuedMessagesMax: number;
  /** Messages that wait for it in the store beyond those. */
  readonly storedMessagesMax: number;
  /** Bytes of messages that wait for it. */
  readonly queuedBytesMax: number;
  /** PUBLISH packets read from it per second, on average; 0: as many as it sends. */
  readonly messagesPerSecond: number;
  /** Bytes read from it per second, on average; 0: as many as it sends. */
  readonly bytesPerSecond: number;
}

/** The terms of a client whose authentication brings limits of its own. */
export function withLimits(terms: ClientTerms, limits: ClientLimits | undefined): ClientTerms {
  if (limits === undefined) return terms;
  const { inflightMax } = limits;
  return {
    ...terms,
    packetSizeMax: limits.packetSizeMax ?? terms.packetSizeMax,
    receiveMaximum: inflightMax ?? terms.receiveMaximum,
    sendQuota: Math.min(inflightMax ?? Infinity, terms.sendQuota),
    sendQuotaMax: inflightMax ?? terms.sendQuotaMax,
    subscriptionsMax: limits.subscriptionsMax ?? terms.subscriptionsMax,
    topicLevelsMax: limits.topicLevelsMax ?? terms.topicLevelsMax,
    topicBytesMax: limits.topicBytesMax ?? terms.topicBytesMax,
    queuedMessagesMax: limits.queuedMessagesMax ?? terms.queuedMessagesMax,
    // A limit of this client's own is one of its whole queue.
    storedMessagesMax: limits.queuedMessagesMax === undefined ? terms.storedMessagesMax : 0,
    queuedBytesMax: limits.queuedBytesMax ?? terms.queuedBytesMax,
    messagesPerSecond: limits.messagesPerSecond ?? terms.messagesPerSecond,
    bytesPerSecond: limits.bytesPerSecond ?? terms.bytesPerSecond,
  };
}
