import type { Config } from "../config/mod.ts";
import type { ConnectionSettings } from "../connection/mod.ts";
import type { RouterOptions } from "../router/mod.ts";
import type { SessionSettings } from "../session/mod.ts";
import type { RetainedLimits } from "../store/mod.ts";

/** The configuration as each floor needs it. */
export interface BrokerSettings {
  readonly connection: ConnectionSettings;
  readonly session: SessionSettings;
  readonly router: RouterOptions;
  readonly retained: RetainedLimits;
}

/** @param connectionsMax connections that the process may hold, where the configuration leaves it open */
export function settingsOf(config: Config, connectionsMax: number): BrokerSettings {
  return {
    connection: {
      connectTimeoutMilliseconds: config.connect_timeout_seconds * 1000,
      connectionsMax: config.max_connections === 0 ? connectionsMax : config.max_connections,
      packetSizeMax: config.max_packet_size_server,
      sentPacketSizeMax: config.max_packet_size_client,
      receiveMaximum: config.max_inflight_server,
      sendQuota: config.max_inflight_client,
      outputBytesMax: config.max_output_bytes_per_connection,
      outputBytesHard: config.max_output_bytes_hard,
      maximumQos: config.max_allowed_qos,
      retainAvailable: config.retain_available,
      wildcardSubscriptionAvailable: config.wildcard_subscription_available,
      subscriptionIdentifierAvailable: config.subscription_id_available,
      sharedSubscriptionAvailable: config.shared_subscription_available,
      topicAliasMaximum: config.topic_alias_max,
      keepAliveMin: config.min_keep_alive,
      keepAliveMax: config.max_keep_alive,
      sessionExpirySecondsMax: config.max_session_expiry_interval,
      clientIdLimited31: config.check_v310_client_id_length,
      subscriptionsMax: config.max_subscriptions_per_session,
      topicLevelsMax: config.max_topic_levels,
      retainedBatch: config.retained_replay_batch,
      refusedPublishV3: config.denied_publish_v3,
    },
    session: {
      queuedMessagesMax: config.max_in_mem_pending_messages,
      queuedBytesMax: config.max_queued_bytes_per_session,
      sessionExpirySecondsMax: config.max_session_expiry_interval,
      sharedStrategy: config.shared_subscription_mode,
    },
    router: {
      topicCacheEntries: config.topic_cache_entries,
      topicLevelsMax: config.max_topic_levels,
      separateCopies: !config.multiple_subscription_id_in_publish,
    },
    retained: { messagesMax: config.max_retained_messages, bytesMax: config.max_retained_bytes },
  };
}
