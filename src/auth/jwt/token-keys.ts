import {
  type createLocalJWKSet,
  type CryptoKey,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyOptions,
} from "jose";

import type { TokenAlgorithm } from "./algorithms.ts";

/** A set of public keys that a token's header chooses from. */
export type KeySet = ReturnType<typeof createLocalJWKSet>;

/** Where the keys come from that tokens are verified with. */
export interface TokenKeys {
  /** What these keys may verify: a secret never checks what a public key should, nor the other way round. */
  readonly algorithms: readonly TokenAlgorithm[];
  /**
   * The claims of a token whose signature and times are right.
   *
   * @throws errors.JOSEError for anything that is wrong with the token
   */
  verify(token: string, options: JWTVerifyOptions): Promise<JWTPayload>;
  close(): void;
}

/**
 * Verifies with the key of the set that the token's header names, or, where it names none and several would do, with
 * the first that fits.
 *
 * @throws errors.JOSEError
 */
export async function verifyWithSet(token: string, keys: KeySet, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    return firstThatFits(token, error, options);
  }
}

async function firstThatFits(
  token: string,
  candidates: AsyncIterable<CryptoKey>,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  for await (const key of candidates) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}
