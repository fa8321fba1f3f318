import type { GateTerms } from "../admission/mod.ts";
import type { Config, ListenerLimitsConfig } from "../config/mod.ts";
import type { ClientTerms } from "../connection/mod.ts";

/** What the clients of one listener may take: its own limits, and those of all listeners where it has none. */
export function clientTermsOf(config: Config, own: ListenerLimitsConfig): ClientTerms {
  const inflight = own.max_inflight;
  return {
    connectTimeoutMilliseconds: (own.connect_timeout_seconds ?? config.connect_timeout_seconds) * 1000,
    packetSizeMax: own.max_packet_size ?? config.max_packet_size_server,
    receiveMaximum: inflight ?? config.max_inflight_server,
    sendQuota: Math.min(inflight ?? Infinity, config.max_inflight_client),
    sendQuotaMax: inflight ?? 0xffff,
    subscriptionsMax: own.max_subscriptions ?? config.max_subscriptions_per_session,
    topicLevelsMax: own.max_topic_levels ?? config.max_topic_levels,
    topicBytesMax: own.max_topic_bytes ?? config.max_topic_bytes,
    queuedMessagesMax: own.max_queued_messages ?? config.max_in_mem_pending_messages,
    // A listener's own limit is one of the whole queue.
    storedMessagesMax: own.max_queued_messages === null ? config.max_in_db_pending_messages : 0,
    queuedBytesMax: own.max_queued_bytes ?? config.max_queued_bytes_per_session,
    messagesPerSecond: own.max_messages_per_second ?? config.max_messages_per_second,
    bytesPerSecond: own.max_bytes_per_second ?? config.max_bytes_per_second,
  };
}

/** How many may come in by one listener. */
export function gateTermsOf(config: Config, own: ListenerLimitsConfig): GateTerms {
  return {
    connectionsMax: own.max_connections ?? 0,
    connectionsPerAddressMax: own.max_connections_per_address ?? config.max_connections_per_address,
    connectsPerSecond: own.max_connects_per_second ?? config.max_connects_per_second,
  };
}

/** Levels that the topics of any client may have: the topic table is one for all. */
export function topicLevelsOf(config: Config, listeners: readonly ListenerLimitsConfig[]): number {
  return Math.max(config.max_topic_levels, ...listeners.map((own) => own.max_topic_levels ?? 0));
}
