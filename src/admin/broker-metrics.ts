import { deniedActionNames, dropReasonNames, limitNames } from "../session/mod.ts";
import { authenticationMetrics } from "./authentication-metrics.ts";
import { counter, gauge, type ReadMetric } from "./metric.ts";
import { hookMetrics } from "./hook-metrics.ts";
import { listenerMetrics } from "./listener-metrics.ts";
import { packetMetrics } from "./packet-metrics.ts";

const messagesDropped: ReadMetric = {
  type: "counter",
  name: "akasa_messages_dropped_total",
  unit: "messages",
  help: "Copies of messages that did not reach a subscriber (retained_limit: messages that were not retained).",
  labels: { reason: dropReasonNames },
  read: ({ statistics }) =>
    dropReasonNames.map((reason, index) => ({
      labels: { reason },
      value: statistics.messagesDropped[index] as number,
    })),
};

const denied: ReadMetric = {
  type: "counter",
  name: "akasa_denied_total",
  unit: "requests",
  help: "What the rules of access did not allow: CONNECT, PUBLISH, filters of SUBSCRIBE, wills.",
  labels: { action: deniedActionNames },
  read: ({ statistics }) =>
    deniedActionNames.map((action, index) => ({ labels: { action }, value: statistics.denied[index] as number })),
};

const limitsReached: ReadMetric = {
  type: "counter",
  name: "akasa_limits_reached_total",
  unit: "times",
  help: "How often a limit refused or slowed down a client (docs/guide/limits.md).",
  labels: { limit: limitNames },
  read: ({ statistics }) =>
    limitNames.map((limit, index) => ({ labels: { limit }, value: statistics.limitsReached[index] as number })),
};

/** What the broker tells about itself. */
export const brokerMetrics: readonly ReadMetric[] = [
  gauge(
    "akasa_connections",
    "connections",
    "Open connections, with or without a session.",
    (r) => r.statistics.connections,
  ),
  gauge("akasa_clients", "clients", "Connections whose client has a session.", (r) => r.statistics.clients),
  gauge("akasa_sessions", "sessions", "Sessions, their clients connected or not.", (r) => r.gauges.sessions),
  gauge(
    "akasa_sessions_offline",
    "sessions",
    "Sessions whose client is away.",
    (r) => r.gauges.sessions - r.statistics.clients,
  ),
  gauge(
    "akasa_subscriptions",
    "subscriptions",
    "Subscriptions of all sessions, shared ones included.",
    (r) => r.gauges.subscriptions,
  ),
  gauge(
    "akasa_shared_subscriptions",
    "subscriptions",
    "Subscriptions of all sessions that are shared ($share/...).",
    (r) => r.gauges.sharedSubscriptions,
  ),
  gauge("akasa_retained_messages", "messages", "Retained messages.", (r) => r.gauges.retainedMessages),
  gauge(
    "akasa_retained_bytes",
    "bytes",
    "Bytes of the retained messages, topics included.",
    (r) => r.gauges.retainedBytes,
  ),
  gauge(
    "akasa_delayed_messages",
    "messages",
    "Messages that are to be published later (options of akasa:delayed-publish limit them).",
    (r) => r.statistics.delayedMessages,
  ),
  gauge(
    "akasa_delayed_bytes",
    "bytes",
    "Bytes of the payloads of the messages that are to be published later.",
    (r) => r.statistics.delayedBytes,
  ),
  gauge("akasa_queued_messages", "messages", "QoS 1 and 2 messages that wait in sessions.", (r) => r.queued.messages),
  gauge(
    "akasa_queued_bytes",
    "bytes",
    "Bytes of the messages that wait in sessions; one that waits in several counts in each.",
    (r) => r.queued.bytes,
  ),
  gauge(
    "akasa_queued_messages_of_one_max",
    "messages",
    "Messages that wait in the session with the most of them (max_in_mem_pending_messages, max_in_db_pending_messages).",
    (r) => r.queued.messagesMax,
  ),
  gauge(
    "akasa_queued_bytes_of_one_max",
    "bytes",
    "Bytes that wait in the session with the most of them (max_queued_bytes_per_session limits them).",
    (r) => r.queued.bytesMax,
  ),
  gauge(
    "akasa_queued_memory_bytes",
    "bytes",
    "Of akasa_queued_bytes those in memory (max_queued_bytes limits them); the others are in the durable store only.",
    (r) => r.statistics.queuedBytes,
  ),
  gauge(
    "akasa_topic_cache_entries",
    "topics",
    "Topics whose receivers are remembered (topic_cache_entries limits them).",
    (r) => r.gauges.topicCacheEntries,
  ),
  ...packetMetrics,
  ...hookMetrics,
  counter("akasa_bytes_received_total", "bytes", "Bytes from clients.", (r) => r.statistics.bytesReceived),
  counter("akasa_bytes_sent_total", "bytes", "Bytes of packets to clients.", (r) => r.statistics.bytesSent),
  counter(
    "akasa_messages_published_total",
    "messages",
    "Messages that clients, hooks, the embedding program and the broker itself published, and wills.",
    (r) => r.statistics.messagesPublished,
  ),
  counter(
    "akasa_messages_delivered_total",
    "messages",
    "Copies of messages handed to connections of subscribers, repeats included.",
    (r) => r.statistics.messagesDelivered,
  ),
  messagesDropped,
  denied,
  limitsReached,
  counter(
    "akasa_connections_accepted_total",
    "connections",
    "Connections accepted, before their CONNECT.",
    (r) => r.statistics.connectionsAccepted,
  ),
  counter(
    "akasa_connections_refused_total",
    "connections",
    "Connections refused: over the limit, by CONNACK, or without a CONNECT in time.",
    (r) => r.statistics.connectionsRefused,
  ),
  ...authenticationMetrics,
  ...listenerMetrics,
  counter(
    "akasa_protocol_errors_total",
    "errors",
    "Connections closed because the client broke a rule of MQTT.",
    (r) => r.statistics.protocolErrors,
  ),
  counter(
    "akasa_keep_alive_timeouts_total",
    "connections",
    "Connections closed because the client was silent for 1.5 times its keep alive.",
    (r) => r.statistics.keepAliveTimeouts,
  ),
  counter(
    "akasa_proofs_expired_total",
    "connections",
    "Connections closed because the client's token, or another proof of who it is, had expired.",
    (r) => r.statistics.proofsExpired,
  ),
  counter(
    "akasa_takeovers_total",
    "connections",
    "Connections closed because their client identifier connected again.",
    (r) => r.statistics.takeovers,
  ),
  counter("akasa_wills_published_total", "messages", "Wills published.", (r) => r.statistics.willsPublished),
  counter(
    "akasa_sessions_expired_total",
    "sessions",
    "Sessions that ended because their expiry interval was over.",
    (r) => r.statistics.sessionsExpired,
  ),
];
