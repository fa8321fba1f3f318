/** Why a connection did not get as far as MQTT. */
export const handshakeFailures = [
  "too_many",
  "timeout",
  "untrusted_proxy",
  "proxy_header",
  "tls",
  "certificate",
  "upgrade",
] as const;

/** One of {@link handshakeFailures}. */
export type HandshakeFailure = (typeof handshakeFailures)[number];

/** What a door counts. */
export interface HandshakeCounters {
  /** Connections that are on their way through PROXY header, TLS and WebSocket upgrade. */
  pending: number;
  /** Connections that were closed on that way by us, by reason. Who goes away by itself is not counted. */
  readonly failed: Record<HandshakeFailure, number>;
}

/** Counters at zero. */
export function newHandshakeCounters(): HandshakeCounters {
  const failed = Object.fromEntries(handshakeFailures.map((reason) => [reason, 0]));
  return { pending: 0, failed: failed as Record<HandshakeFailure, number> };
}
