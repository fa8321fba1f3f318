/** A key of `hook`. */
export const hookKey = {
  type: "boolean",
  default: false,
  description: "The original's switch for one of its compiled-in hooks.",
  noEffect: "this version runs no hooks; the key can be removed",
} as const;

/** The keys of `hook`; each is a {@link hookKey}. */
export const hookNames = [
  "enable_before_connect",
  "enable_after_connect",
  "enable_after_disconnect",
  "enable_publish",
  "enable_subscribe",
  "enable_unsubscribe",
] as const;

/** Keys of the original that are accepted and do nothing here. */
export const unusedKeys = {
  inflight_timeout: {
    type: "integer",
    minimum: 0,
    maximum: 4294967295,
    default: 0,
    unit: "seconds",
    description: "Time after which the original sends an unacknowledged message again on the same connection.",
    noEffect:
      "MQTT forbids that [MQTT-4.4.0-1]; unacknowledged messages are sent again when the client reconnects. Remove the key",
  },
} as const;
