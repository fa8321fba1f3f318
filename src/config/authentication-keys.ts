/** The keys of `auth`. */
export const passwordKeys = {
  enable: {
    type: "boolean",
    default: false,
    description: [
      "true: a client has to prove who it is, to password_file, scram_users or one of authenticators. false: everyone may",
      "connect. May be left out while every MQTT listener is on loopback or a Unix socket (then it is false); must be said",
      "otherwise.",
    ],
  },
  allow_anonymous: {
    type: "boolean",
    default: false,
    description: [
      "Also where enable is true, let in clients that give neither a user name nor a password. A listener can say",
      "otherwise for itself.",
    ],
  },
  password_file: {
    type: ["string", "null"],
    default: null,
    description: [
      "File with users and password hashes, kept with `akasa insert-password` and `akasa remove-password`; read again",
      "when it changes. A relative path starts at the working directory.",
    ],
  },
} as const;

/** The keys of `auth.jwt`. */
export const tokenKeys = {
  secrets_file: {
    type: ["string", "null"],
    default: null,
    description: "Secrets of JSON Web Tokens.",
    noEffect: "the original never read it; say in an entry of authenticators, of kind jwt, how tokens are verified",
  },
} as const;

/** The keys of one entry of `scram_users`. */
export const scramUserKeys = {
  hashed_password: {
    type: "string",
    pattern: "^([0-9A-Fa-f]{2})*$",
    expects: "hexadecimal digits",
    description: "SaltedPassword of RFC 5802, 32 bytes. It is as good as the password: keep the file secret.",
  },
  iterations: {
    type: "integer",
    minimum: 4096,
    maximum: 4294967295,
    description: "Iterations (RFC 7677: at least 4096).",
  },
  salt: { type: "string", pattern: "^([0-9A-Fa-f]{2})*$", expects: "hexadecimal digits", description: "Salt." },
} as const;

/** The list of enhanced authentication methods. */
export const saslMechanisms = {
  type: "array",
  items: { enum: ["SCRAM-SHA-256", "SCRAM-SHA-512"] },
  default: [],
  description: [
    "Methods of enhanced authentication (MQTT 5.0 section 4.12) by which the users of scram_users can prove themselves",
    "instead of sending a password.",
  ],
} as const;
