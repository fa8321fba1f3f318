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
