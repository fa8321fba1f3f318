/** Where `mqtt` and `ws` listen. */
export const addressKeys = {
  addr: {
    type: "string",
    format: "listener-address",
    description: "Where to listen: `host:port`, `[ipv6]:port` (port 0: any free port), or `unix:/path/to.sock`.",
  },
} as const;

/** Where the others listen. */
export const socketAddressKeys = {
  addr: {
    type: "string",
    format: "socket-address",
    description: "Where to listen: `host:port` or `[ipv6]:port` (port 0: any free port).",
  },
} as const;

/** The keys that all listeners have, `http` included. */
export const listenerKeys = {
  reuse_port: {
    type: "boolean",
    default: false,
    description: "Let several processes listen on the same port (SO_REUSEPORT); the kernel spreads the connections.",
  },
  proxy_mode: {
    enum: [null, "Normal", "TlsTermination"],
    default: null,
    description: [
      "PROXY protocol (version 1 or 2) in front of this listener: null (none), Normal (the proxy tells the client's",
      "address), TlsTermination (the proxy also did TLS, and tells of it and of the client's certificate).",
    ],
  },
  trusted_proxies: {
    type: ["array", "null"],
    items: {
      type: "string",
      format: "address-range",
      description: "An IP address or a range as 10.0.0.0/8.",
    },
    default: null,
    description: [
      "Addresses that are believed what they say about clients, by the PROXY protocol or (ws, wss) by X-Forwarded-For:",
      "a list of IP addresses and ranges (`10.0.0.0/8`). With proxy_mode all others are refused. null: nobody, but with",
      "proxy_mode this machine. Unix sockets are always trusted.",
    ],
  },
  handshake_timeout_seconds: {
    type: "integer",
    minimum: 1,
    maximum: 3600,
    default: 10,
    unit: "seconds",
    description: "What a new connection has for all that comes before MQTT: PROXY header, TLS, WebSocket upgrade.",
  },
  max_handshakes: {
    type: "integer",
    minimum: 1,
    maximum: 1000000,
    default: 5000,
    description: "Connections at the same time that are not through with that; more are closed at once.",
  },
} as const;

/** The further keys of the listeners that clients come in by. */
export const clientListenerKeys = {
  name: {
    type: ["string", "null"],
    pattern: "^[A-Za-z0-9._-]{1,64}$",
    expects: "1 to 64 letters, digits, dots, hyphens or underscores",
    default: null,
    description: [
      "Name of the listener in logs, metrics and rules. null: its kind (`mqtt`), in a list with its number (`mqtt-2`)",
      "from the second on.",
    ],
  },
  unix_mode: {
    type: ["string", "null"],
    pattern: "^0?[0-7]{3}$",
    expects: "three octal digits in quotes",
    default: null,
    description: 'Permissions of a Unix socket, as "660". null: what the umask of the process leaves.',
  },
  use_identity_as_username: {
    enum: [null, "cn", "dn", "san"],
    default: null,
    description: [
      "A client with a valid certificate is the user that the certificate names, and needs no password: cn (common",
      "name), dn (distinguished name, as RFC 4514 writes it) or san (first alternative name: DNS, else e-mail, else URI).",
      "A certificate without that part names nobody. Needs verify_peer, or proxy_mode TlsTermination.",
    ],
  },
} as const;

/** The further keys of `mqtts` and `wss`. */
export const tlsKeys = {
  proxy: {
    type: "boolean",
    default: false,
    description: "PROXY protocol in front of this listener: the original's spelling of `proxy_mode: Normal`.",
  },
  ca_file: {
    type: ["string", "null"],
    default: null,
    description: "PEM file with the authorities that sign client certificates; needed when verify_peer is true.",
  },
  key_file: { type: "string", description: "PEM file with the private key of the server." },
  cert_file: { type: "string", description: "PEM file with the certificate chain of the server." },
  certificates: {
    type: "array",
    items: {
      type: "object",
      description: "A further certificate.",
      properties: {
        cert_file: { type: "string", description: "PEM file with a certificate chain." },
        key_file: { type: "string", description: "PEM file with its private key." },
      },
      required: ["cert_file", "key_file"],
      additionalProperties: false,
    },
    default: [],
    description:
      "Further certificates: a client that asks for a host name (SNI) gets the first one that is made out to it.",
  },
  verify_peer: { type: "boolean", default: false, description: "Ask clients for a certificate and check it." },
  fail_if_no_peer_cert: {
    type: "boolean",
    default: false,
    description: "Refuse a client that sends no certificate; goes with verify_peer.",
  },
  crl_file: {
    type: ["string", "null"],
    default: null,
    description: [
      "PEM file with the revocation lists of all authorities of ca_file that are in use: clients whose certificate was",
      "revoked are refused. Needs verify_peer.",
    ],
  },
  tls_version_min: {
    enum: ["TLSv1.2", "TLSv1.3"],
    default: "TLSv1.2",
    description: "The oldest version of TLS that is spoken.",
  },
} as const;

/** The further keys of `ws` and `wss`. */
export const webSocketKeys = {
  path: {
    type: "string",
    pattern: "^/[!-~]*$",
    expects: "a path that begins with /",
    default: "/mqtt",
    description: "Path of the WebSocket; / is accepted besides it. Others are answered with 404.",
  },
  allowed_origins: {
    type: ["array", "null"],
    items: { type: "string", description: "An origin as https://example.org." },
    default: null,
    description: [
      "Web pages that may connect: a list of origins (`https://example.org`). null: all. Programs that are not browsers",
      "send no origin and are not concerned.",
    ],
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
