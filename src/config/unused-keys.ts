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
