import type { AdmissionTerms } from "../admission/mod.ts";
import { assert } from "../base/mod.ts";
import { clientListeners, type Config } from "../config/mod.ts";
import type { ConnectionSettings } from "../connection/mod.ts";
import type { RouterOptions } from "../router/mod.ts";
import { isTopicFilter } from "../protocol/mod.ts";
import type { DurabilityRule, SessionSettings } from "../session/mod.ts";
import type { RetainedLimits } from "../store/mod.ts";
import { topicLevelsOf } from "./entrance-terms.ts";
import { memoryAvailable } from "./memory-available.ts";

/** The configuration as each floor needs it. */
export interface BrokerSettings {
  readonly connection: ConnectionSettings;
  readonly admission: AdmissionTerms;
  readonly session: SessionSettings;
  readonly router: RouterOptions;
  readonly retained: RetainedLimits;
  readonly durability: readonly DurabilityRule[];
  /** Bytes that may wait on the way to another shard. */
  readonly shardWaitingBytesMax: number;
}

/** @param connectionsMax connections that the process may hold, where the configuration leaves it open */
export function settingsOf(config: Config, connectionsMax: number): BrokerSettings {
  return {
    connection: {
      connectionsMax: config.max_connections === 0 ? connectionsMax : config.max_connections,
      sentPacketSizeMax: config.max_packet_size_client,
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
      retainedBatch: config.retained_replay_batch,
      refusedPublishV3: config.denied_publish_v3,
      rateExceededCloses: config.rate_exceeded === "disconnect",
      sessionsMax: config.max_sessions,
      strangerBytesMax: config.max_connect_bytes,
    },
    admission: admissionOf(config),
    session: {
      queuedMessagesMax: config.max_in_mem_pending_messages,
      storedMessagesMax: config.max_in_db_pending_messages,
      queuedBytesMax: config.max_queued_bytes_per_session,
      queuedBytesOfAllMax: config.max_queued_bytes,
      sessionExpirySecondsMax: config.max_session_expiry_interval,
      sharedStrategy: config.shared_subscription_mode,
      readAheadBytesMax: config.max_read_ahead_bytes,
    },
    router: {
      topicCacheEntries: config.topic_cache_entries,
      topicLevelsMax: topicLevelsOf(
        config,
        clientListeners(config.listeners).map(({ settings }) => settings.limits),
      ),
      separateCopies: !config.multiple_subscription_id_in_publish,
    },
    retained: { messagesMax: config.max_retained_messages, bytesMax: config.max_retained_bytes },
    durability: rulesOf(config),
    shardWaitingBytesMax: config.max_shard_waiting_bytes,
  };
}

/** Of the memory that the process may use, what it uses before new connections are refused. */
const memoryShare = 0.9;

function admissionOf(config: Config): AdmissionTerms {
  const ban = {
    banMilliseconds: config.ban_seconds * 1000,
    banMillisecondsMax: Math.max(config.ban_seconds, config.ban_seconds_max) * 1000,
  };
  return {
    logins: {
      offencesMax: config.max_failed_logins_per_address,
      windowMilliseconds: config.failed_login_window_seconds * 1000,
      ...ban,
    },
    flapping: {
      offencesMax: config.max_connects_per_client,
      windowMilliseconds: config.connects_per_client_window_seconds * 1000,
      ...ban,
    },
    overload: {
      memoryBytesMax: config.max_memory_bytes === 0 ? memoryAvailable() * memoryShare : config.max_memory_bytes,
      delayMillisecondsMax: config.max_event_loop_delay_ms,
    },
  };
}

function rulesOf({ durability }: Config): DurabilityRule[] {
  if (typeof durability === "string") return [];
  return durability.flatMap(({ filter, level }) => {
    assert(isTopicFilter(filter), "the configuration is checked: a durability rule has a valid filter");
    return [{ filter, durable: level === "local" }];
  });
}
