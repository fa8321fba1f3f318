/** Algorithms with a shared secret (RFC 7518 section 3.2). */
export const secretAlgorithms = ["HS256", "HS384", "HS512"] as const;

/** Algorithms with a public key (RFC 7518 sections 3.3 to 3.5, RFC 8037, RFC 9864). */
export const publicKeyAlgorithms = [
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
] as const;

/** An algorithm that a token may be signed with. */
export type TokenAlgorithm = (typeof secretAlgorithms)[number] | (typeof publicKeyAlgorithms)[number];
