const proxyMode = {
  enum: [null, "Normal", "TlsTermination"],
  default: null,
  description:
    "PROXY protocol v2 in front of this listener: null (none), Normal (plain client), TlsTermination (the proxy did TLS).",
} as const;

const reusePort = {
  type: "boolean",
  default: false,
  description: "Let several processes listen on the same port (SO_REUSEPORT); the kernel spreads the connections.",
} as const;

/** The keys of `listeners.mqtt` and `listeners.ws`. */
export const plainListenerKeys = {
  addr: {
    type: "string",
    format: "listener-address",
    description:
      "Where to listen: `host:port`, `[ipv6]:port` (port 0: any free port), or `unix:/path/to.sock` for `listeners.mqtt`.",
  },
  reuse_port: reusePort as typeof reusePort,
  proxy_mode: proxyMode as typeof proxyMode,
} as const;

/** The keys of `listeners.mqtts` and `listeners.wss`. */
export const tlsListenerKeys = {
  addr: { type: "string", format: "socket-address", description: "Where to listen: `host:port` or `[ipv6]:port`." },
  reuse_port: reusePort as typeof reusePort,
  proxy: { type: "boolean", default: false, description: "PROXY protocol v2 in front of this listener." },
  proxy_mode: proxyMode as typeof proxyMode,
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

/** The keys of `listeners.http`. */
export const httpListenerKeys = {
  addr: { type: "string", format: "socket-address", description: "Where to listen: `host:port` or `[ipv6]:port`." },
  reuse_port: reusePort as typeof reusePort,
  proxy_mode: proxyMode as typeof proxyMode,
  prometheus: { type: "boolean", default: true, description: "Serve the metrics at /metrics (beside /health)." },
  swagger_ui: {
    type: "boolean",
    default: false,
    description: "Browser page for the HTTP API.",
    noEffect: "this version has no HTTP API to browse; /health and /metrics are listed in docs/reference/metrics.md",
  },
} as const;
