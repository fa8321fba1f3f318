/** The keys of an authenticator of kind `password_file`. */
export const passwordFileKeys = {
  file: {
    type: "string",
    description: "File with users and password hashes; read again when it changes.",
  },
  format: {
    enum: ["akasa", "mosquitto"],
    default: "akasa",
    description: [
      "akasa: a file of `akasa insert-password`, or of the Rust original. mosquitto: a file of mosquitto_passwd ($6$ and",
      "$7$), read as it is.",
    ],
  },
} as const;

/** The keys of an authenticator of kind `scram`. */
export const scramFileKeys = {
  file: {
    type: "string",
    description: "File with users, kept with `akasa insert-scram-user`; read again when it changes.",
  },
  mechanisms: {
    type: "array",
    items: { enum: ["SCRAM-SHA-256", "SCRAM-SHA-512"] },
    default: ["SCRAM-SHA-256", "SCRAM-SHA-512"],
    description: "Mechanisms that are offered.",
  },
} as const;

/** The keys of an authenticator of kind `client_certificate`. */
export const clientCertificateKeys = {
  match_client_id: {
    type: "boolean",
    default: false,
    description: "The client identifier has to be the name that the certificate proves.",
  },
} as const;

/** The keys of an authenticator of kind `jwt`. */
export const jwtKeys = {
  secret_file: {
    type: ["string", "null"],
    default: null,
    description: [
      "File with a shared secret of at least 32 bytes, for HS256, HS384 and HS512. One of secret_file, keys_file and",
      "keys_url has to be given. Files are read again when they change.",
    ],
  },
  keys_file: {
    type: ["string", "null"],
    default: null,
    description: "File with public keys: a JSON Web Key Set, or keys and certificates in PEM.",
  },
  keys_url: {
    type: ["string", "null"],
    pattern: "^https?://[^@\\s]+$",
    expects: "a URL of http or https without user and password",
    secret: true,
    default: null,
    description: "URL of a JSON Web Key Set.",
  },
  keys_cache_seconds: {
    type: "integer",
    minimum: 10,
    maximum: 604800,
    default: 600,
    unit: "seconds",
    description: [
      "Time after which the keys of keys_url are fetched again. A token with a key that is not among them has them",
      "fetched at once, at most every 30 seconds.",
    ],
  },
  algorithms: {
    type: "array",
    items: {
      enum: [
        "HS256",
        "HS384",
        "HS512",
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "EdDSA",
        "Ed25519",
      ],
    },
    default: [],
    description: [
      "Algorithms that are accepted. Empty: HS256, HS384 and HS512 with secret_file, and all the others with public keys.",
    ],
  },
  issuer: {
    type: ["string", "null"],
    default: null,
    description: "What the claim iss has to be; tokens of other issuers are left to the next authenticator.",
  },
  audience: { type: ["string", "null"], default: null, description: "What the claim aud has to be or hold." },
  from: {
    enum: ["password", "user_name"],
    default: "password",
    description: "Which field of CONNECT has the token.",
  },
  user_name_claim: { type: "string", default: "sub", description: "The claim that is the user name." },
  client_id_claim: {
    type: ["string", "null"],
    default: null,
    description: "The claim that has to be the client identifier.",
  },
  groups_claim: { type: "string", default: "groups", description: "The claim with the client's groups." },
  acl_claim: { type: "string", default: "acl", description: "The claim with rules of access of the client's own." },
  limits_claim: { type: "string", default: "limits", description: "The claim with limits of the client's own." },
  require_expiry: { type: "boolean", default: true, description: "Refuse tokens that do not expire." },
  tolerance_seconds: {
    type: "integer",
    minimum: 0,
    maximum: 3600,
    default: 5,
    unit: "seconds",
    description: "How far the clocks of issuer and broker may be apart.",
  },
} as const;

/** The keys of an authenticator of kind `http`. */
export const callOutKeys = {
  url: {
    type: "string",
    pattern: "^https?://[^@\\s]+$",
    expects: "a URL of http or https without user and password",
    secret: true,
    description: "Where to ask: a POST with what the CONNECT says, as JSON.",
  },
  bearer_file: {
    type: ["string", "null"],
    default: null,
    description: "File with what is sent as `Authorization: Bearer`; read again when it changes.",
  },
  timeout_milliseconds: {
    type: "integer",
    minimum: 1,
    maximum: 60000,
    default: 3000,
    unit: "milliseconds",
    description: "Time in which the whole answer has to be there.",
  },
  on_failure: {
    enum: ["refuse", "next", "allow"],
    default: "refuse",
    description: [
      "What happens without an answer that can be used. refuse: 0x88 Server unavailable. next: the next authenticator is",
      "asked. allow: the client is let in, without a user name.",
    ],
  },
  cache_seconds: {
    type: "integer",
    minimum: 0,
    maximum: 86400,
    default: 60,
    unit: "seconds",
    description: "Time for which an answer is remembered, also one that denies. 0: not at all.",
  },
  max_cache_entries: {
    type: "integer",
    minimum: 0,
    maximum: 10000000,
    default: 10000,
    description: "Answers that are remembered; the oldest makes room.",
  },
  max_concurrent: {
    type: "integer",
    minimum: 1,
    maximum: 10000,
    default: 64,
    description: "Calls at the same time. More clients wait, as max_waiting_authentications allows.",
  },
} as const;

/** The keys of an entry of `authenticators`, beside its kinds. */
export const authenticatorKeys = {
  name: {
    type: ["string", "null"],
    pattern: "^[A-Za-z0-9._-]{1,64}$",
    expects: "1 to 64 letters, digits, dots, hyphens or underscores",
    default: null,
    description: "Name by which listeners ask for it. null: its kind, as `password_file`.",
  },
} as const;

/** What a listener says of authentication. */
export const entranceKeys = {
  authenticators: {
    type: "array",
    items: { type: "string", description: "Name of an authenticator." },
    default: [],
    description: [
      "Which authenticators this listener asks, by name and in this order; those of auth and scram_users are called",
      "password_file and scram. Empty: all of them, in the order of the configuration.",
    ],
  },
  allow_anonymous: {
    type: ["boolean", "null"],
    default: null,
    description: [
      "Whether this listener lets in clients that give neither a user name nor a password. null: as",
      "auth.allow_anonymous says.",
    ],
  },
} as const;

/** How much authentication goes on at a time. */
export const authenticationLimitKeys = {
  max_concurrent_password_checks: {
    type: "integer",
    minimum: 0,
    maximum: 64,
    default: 0,
    description: [
      "Passwords that are hashed at the same time. 0: one fewer than there are cores, at least 1 and at most 3, so that",
      "the clients that are connected are served meanwhile.",
    ],
  },
  max_waiting_authentications: {
    type: "integer",
    minimum: 0,
    maximum: 1000000,
    default: 256,
    description: [
      "Clients that wait for one authenticator (a password, a token, a call-out); more are refused with 0x89 Server busy.",
    ],
  },
} as const;
