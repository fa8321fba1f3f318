/** What the broker offers and demands in the protocol. The names are those of the Rust original. */
export const protocolKeys = {
  max_allowed_qos: {
    enum: [0, 1, 2],
    default: 2,
    description: "Highest QoS a client may publish with; a subscription is granted at most this.",
  },
  retain_available: { type: "boolean", default: true, description: "Accept and keep retained messages." },
  wildcard_subscription_available: { type: "boolean", default: true, description: "Accept `+` and `#` in filters." },
  subscription_id_available: { type: "boolean", default: true, description: "Accept subscription identifiers (5.0)." },
  shared_subscription_available: { type: "boolean", default: true, description: "Accept `$share/group/filter`." },
  shared_subscription_mode: {
    enum: ["Random", "HashClientId", "HashTopicName", "round_robin", "sticky", "least_inflight"],
    default: "Random",
    description: [
      "Which member of a shared subscription gets a message: Random, HashClientId (by publisher), HashTopicName,",
      "round_robin, sticky (one member as long as it is online), least_inflight (the one with the fewest unacknowledged).",
    ],
  },
  multiple_subscription_id_in_publish: {
    type: "boolean",
    default: true,
    description: [
      "5.0, when several subscriptions of a client match: true sends one copy with all subscription identifiers, false",
      "one copy for each subscription.",
    ],
  },
  topic_alias_max: {
    type: "integer",
    minimum: 0,
    maximum: 65535,
    default: 128,
    description: "Topic aliases kept for each connection and direction (5.0); 0: none.",
  },
  check_v310_client_id_length: {
    type: "boolean",
    default: false,
    description: "Refuse client identifiers of more than 23 bytes from MQTT 3.1 clients, as 3.1 demands.",
  },
  min_keep_alive: {
    type: "integer",
    minimum: 0,
    maximum: 65535,
    default: 0,
    unit: "seconds",
    description:
      "A 5.0 client that asks for a shorter keep alive gets this one. No keep alive (0) counts as the longest.",
  },
  max_keep_alive: {
    type: "integer",
    minimum: 1,
    maximum: 65535,
    default: 65535,
    unit: "seconds",
    description:
      "A 5.0 client that asks for a longer keep alive gets this one; 65535 allows everything, also none (0).",
  },
  max_session_expiry_interval: {
    type: "integer",
    minimum: 0,
    maximum: 4294967295,
    default: 2592000,
    unit: "seconds",
    description: [
      "A session outlives its connection at most this long (30 days); for 3.1 and 3.1.1 sessions that are not clean it is",
      "the time they live. 4294967295: for ever.",
    ],
  },
  max_inflight_server: {
    type: "integer",
    minimum: 1,
    maximum: 65535,
    default: 1024,
    description: "Receive Maximum of the broker: QoS 1 and 2 messages a 5.0 client may send before we acknowledge one.",
  },
  max_inflight_client: {
    type: "integer",
    minimum: 1,
    maximum: 65535,
    default: 128,
    description: [
      "QoS 1 and 2 messages sent to a client that it has not acknowledged yet, when it names no Receive Maximum of its",
      "own (3.1 and 3.1.1 clients never do).",
    ],
  },
  max_packet_size_server: {
    type: "integer",
    minimum: 16,
    maximum: 4294967295,
    default: 16777216,
    unit: "bytes",
    description: "Largest packet accepted from a client; a larger one closes the connection before its body is read.",
  },
  max_packet_size_client: {
    type: "integer",
    minimum: 16,
    maximum: 4294967295,
    default: 268435460,
    unit: "bytes",
    description: "Largest packet sent to a client that names no Maximum Packet Size of its own.",
  },
  denied_publish_v3: {
    enum: ["ignore", "acknowledge", "disconnect"],
    default: "acknowledge",
    description: [
      "What a 3.1 or 3.1.1 client gets for a message it may not publish (those versions have no answer for it):",
      "ignore (no answer; many clients send it again when they reconnect), acknowledge and drop it, or disconnect.",
    ],
  },
} as const;
