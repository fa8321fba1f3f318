import { limitKeys } from "./limit-keys.ts";
import { protocolKeys } from "./protocol-keys.ts";

interface Range {
  readonly minimum: number;
  readonly maximum: number;
  readonly unit?: string;
}

interface OwnLimit extends Range {
  readonly type: ["integer", "null"];
  readonly default: null;
  readonly description: string;
}

/** A limit that a listener may have of its own, in the range of the limit of all listeners. */
function own(key: Range, description: string): OwnLimit {
  const { minimum, maximum, unit } = key;
  const range = unit === undefined ? { minimum, maximum } : { minimum, maximum, unit };
  return { type: ["integer", "null"], ...range, default: null, description };
}

/** Names of the keys of `limits` of a listener. */
type ListenerLimit =
  | "max_connections"
  | "max_connections_per_address"
  | "max_connects_per_second"
  | "connect_timeout_seconds"
  | "max_messages_per_second"
  | "max_bytes_per_second"
  | "max_packet_size"
  | "max_inflight"
  | "max_topic_levels"
  | "max_topic_bytes"
  | "max_subscriptions"
  | "max_queued_messages"
  | "max_queued_bytes";

/** The keys of `limits` of a listener. */
export const listenerLimitKeys: Readonly<Record<ListenerLimit, OwnLimit>> = {
  max_connections: own(
    limitKeys.max_connections,
    "Connections by this listener at the same time. null: as many as all may have.",
  ),
  max_connections_per_address: own(limitKeys.max_connections_per_address, "In place of max_connections_per_address."),
  max_connects_per_second: own(limitKeys.max_connects_per_second, "In place of max_connects_per_second."),
  connect_timeout_seconds: own(limitKeys.connect_timeout_seconds, "In place of connect_timeout_seconds."),
  max_messages_per_second: own(limitKeys.max_messages_per_second, "In place of max_messages_per_second."),
  max_bytes_per_second: own(limitKeys.max_bytes_per_second, "In place of max_bytes_per_second."),
  max_packet_size: own(protocolKeys.max_packet_size_server, "In place of max_packet_size_server."),
  max_inflight: own(protocolKeys.max_inflight_server, "In place of max_inflight_server; also toward clients."),
  max_topic_levels: own(limitKeys.max_topic_levels, "In place of max_topic_levels."),
  max_topic_bytes: own(limitKeys.max_topic_bytes, "In place of max_topic_bytes."),
  max_subscriptions: own(limitKeys.max_subscriptions_per_session, "In place of max_subscriptions_per_session."),
  max_queued_messages: own(limitKeys.max_in_mem_pending_messages, "In place of max_in_mem_pending_messages."),
  max_queued_bytes: own(limitKeys.max_queued_bytes_per_session, "In place of max_queued_bytes_per_session."),
};
