/** Where `mqtt` listens. */
export const mqttAddressKeys = {
  addr: {
    type: "string",
    format: "listener-address",
    description: "Where to listen: `host:port`, `[ipv6]:port` (port 0: any free port), or `unix:/path/to.sock`.",
  },
} as const;

/** Where every other listener listens. */
export const socketAddressKeys = {
  addr: {
    type: "string",
    format: "socket-address",
    description: "Where to listen: `host:port` or `[ipv6]:port` (port 0: any free port).",
  },
} as const;

/** The keys that all listeners have. */
export const listenerKeys = {
  reuse_port: {
    type: "boolean",
    default: false,
    description: "Let several processes listen on the same port (SO_REUSEPORT); the kernel spreads the connections.",
  },
  proxy_mode: {
    enum: [null, "Normal", "TlsTermination"],
    default: null,
    description:
      "PROXY protocol v2 in front of this listener: null (none), Normal (plain client), TlsTermination (the proxy did TLS).",
  },
} as const;

/** The further keys of `mqtts` and `wss`. */
export const tlsKeys = {
  proxy: { type: "boolean", default: false, description: "PROXY protocol v2 in front of this listener." },
  ca_file: {
    type: ["string", "null"],
    default: null,
    description: "PEM file with the authorities that sign client certificates; needed when verify_peer is true.",
  },
  key_file: { type: "string", description: "PEM file with the private key of the server." },
  cert_file: { type: "string", description: "PEM file with the certificate chain of the server." },
  verify_peer: { type: "boolean", default: false, description: "Ask clients for a certificate and check it." },
  fail_if_no_peer_cert: {
    type: "boolean",
    default: false,
    description: "Refuse a client that sends no certificate; goes with verify_peer.",
  },
} as const;

/** The further keys of `http`. */
export const httpKeys = {
  prometheus: { type: "boolean", default: true, description: "Serve the metrics at /metrics (beside /health)." },
  swagger_ui: {
    type: "boolean",
    default: false,
    description: "Browser page for the HTTP API.",
    noEffect: "this version has no HTTP API to browse; /health and /metrics are listed in docs/reference/metrics.md",
  },
} as const;
