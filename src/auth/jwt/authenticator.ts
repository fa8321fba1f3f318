import { errors, type JWTPayload } from "jose";

import type { Clock } from "../../base/mod.ts";
import { ReasonCode } from "../../protocol/mod.ts";
import type {
  Accepted,
  AuthenticationExchange,
  AuthenticationRequest,
  Authenticator,
  Refused,
  Verdict,
} from "../authenticator.ts";
import type { AuthenticationCounters } from "../authentication-counters.ts";
import { BoundedWork, type WorkLimits } from "../bounded-work.ts";
import { readGrants } from "../grants.ts";
import type { TokenAlgorithm } from "./algorithms.ts";
import { BearerExchange, bearerMethod } from "./bearer-exchange.ts";
import { issuerOf } from "./peek.ts";
import type { TokenKeys } from "./token-keys.ts";

/** What a {@link JwtAuthenticator} asks of a token. Claims are named as in the token. */
export interface JwtOptions {
  /** Where CONNECT has the token. */
  readonly from: "password" | "user_name";
  /** Algorithms that are accepted; empty: all that the keys can do. */
  readonly algorithms: readonly TokenAlgorithm[];
  /** What `iss` must be; tokens of other issuers are none of this authenticator's business. Null: anything. */
  readonly issuer: string | null;
  /** What `aud` must hold. Null: anything. */
  readonly audience: string | null;
  readonly userNameClaim: string;
  /** The claim that must be the client identifier. Null: none. */
  readonly clientIdClaim: string | null;
  readonly groupsClaim: string;
  readonly aclClaim: string;
  readonly limitsClaim: string;
  /** Refuse tokens without `exp`. */
  readonly requireExpiry: boolean;
  /** How far the clocks of issuer and broker may be apart. */
  readonly toleranceSeconds: number;
}

/** What a {@link JwtAuthenticator} works with. */
export interface JwtServices {
  readonly clock: Clock;
  readonly limits: WorkLimits;
  readonly counters: AuthenticationCounters;
}

const unknown: Verdict = { kind: "unknown" };
const busy: Verdict = {
  kind: "refused",
  reasonCode: ReasonCode.serverBusy,
  reason: "too many clients wait for their token to be checked",
};

/**
 * Lets in who brings a JSON Web Token (RFC 7519) that verifies: as password or user name of CONNECT, or by the method
 * OAUTHBEARER (RFC 7628), with which a client can also bring a new token before the old one has expired. What is not a
 * token, or one of another issuer, is none of its business.
 *
 * Refuses with 0x86, and with 0x89 Server busy when too many tokens wait.
 */
export class JwtAuthenticator implements Authenticator {
  readonly #keys: TokenKeys;
  readonly #options: JwtOptions;
  readonly #clock: Clock;
  readonly #work: BoundedWork;

  constructor(keys: TokenKeys, options: JwtOptions, { clock, limits, counters }: JwtServices) {
    this.#keys = keys;
    this.#options = options;
    this.#clock = clock;
    this.#work = new BoundedWork(limits, counters);
  }

  authenticate({ clientId, userName, password }: AuthenticationRequest): Verdict | Promise<Verdict> {
    const { from } = this.#options;
    const token = from === "user_name" ? userName : password === null ? null : Buffer.from(password).toString("latin1");
    return token === null ? unknown : this.#judge(token, clientId);
  }

  begin(method: string, { clientId }: AuthenticationRequest): AuthenticationExchange | null {
    if (method !== bearerMethod) return null;
    return new BearerExchange((token) => this.#judge(token, clientId));
  }

  close(): void {
    this.#keys.close();
  }

  #judge(token: string, clientId: string): Verdict | Promise<Verdict> {
    const issuer = issuerOf(token);
    if (issuer === null) return unknown;
    if (this.#options.issuer !== null && issuer.value !== this.#options.issuer) return unknown;
    return this.#work.run(() => this.#verify(token, clientId)) ?? busy;
  }

  async #verify(token: string, clientId: string): Promise<Verdict> {
    const { algorithms, issuer, audience, requireExpiry, toleranceSeconds } = this.#options;
    const options = {
      algorithms: [...(algorithms.length > 0 ? algorithms : this.#keys.algorithms)],
      ...(issuer === null ? {} : { issuer }),
      ...(audience === null ? {} : { audience }),
      requiredClaims: requireExpiry ? ["exp"] : [],
      clockTolerance: toleranceSeconds,
      currentDate: new Date(this.#clock.wallTime()),
    };
    try {
      return this.#accept(await this.#keys.verify(token, options), clientId);
    } catch (error) {
      return refusal(problemOf(error));
    }
  }

  #accept(claims: JWTPayload, clientId: string): Accepted | Refused {
    const { userNameClaim, clientIdClaim, groupsClaim, aclClaim, limitsClaim, toleranceSeconds } = this.#options;
    const userName = claims[userNameClaim];
    if (typeof userName !== "string" || userName === "") return refusal(`the token has no name in ${userNameClaim}`);
    if (clientIdClaim !== null && claims[clientIdClaim] !== clientId) {
      return refusal(`the client identifier is not the one in the token's ${clientIdClaim}`);
    }
    const grants = readGrants({ groups: claims[groupsClaim], acl: claims[aclClaim], limits: claims[limitsClaim] });
    if ("wrong" in grants) return refusal(`the token grants what cannot be read: ${grants.wrong}`);
    const expiry = claims.exp === undefined ? {} : { expiresAt: (claims.exp + toleranceSeconds) * 1000 };
    return { kind: "accepted", userName, ...grants, ...expiry };
  }
}

function refusal(reason: string): Refused {
  return { kind: "refused", reasonCode: ReasonCode.badUserNameOrPassword, reason };
}

/** By the code of the error: its text may hold parts of the token. */
function problemOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "the token has expired";
  if (error instanceof errors.JWTClaimValidationFailed) return `the token's ${error.claim} is missing or not as asked`;
  if (error instanceof errors.JWKSNoMatchingKey) return "there is no key for the token";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the token's signature is wrong";
  if (error instanceof errors.JOSEAlgNotAllowed) return "the token's algorithm is not allowed";
  if (error instanceof errors.JOSEError) return `the token cannot be verified (${error.code})`;
  // WebCrypto and the library throw this where a key does not fit an algorithm, which the token's author chose.
  if (error instanceof TypeError || error instanceof DOMException) return "the token does not fit the key";
  throw error;
}
