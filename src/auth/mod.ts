/** Who may connect (a chain of authenticators, from anonymous to SCRAM), and what a client may do. */
export { type Anonymity, AnonymousAuthenticator } from "./anonymous-authenticator.ts";
export {
  type AclAction,
  type AclGrant,
  type AuthenticationResult,
  type ClientLimits,
  nobody,
} from "./authentication-result.ts";
export type {
  Accepted,
  AuthenticationExchange,
  AuthenticationRequest,
  Authenticator,
  ExchangeStep,
  Refused,
  Unknown,
  Verdict,
} from "./authenticator.ts";
export { CertificateAuthenticator } from "./certificate-authenticator.ts";
export { AuthenticatorChain } from "./authenticator-chain.ts";
export { allowed, type Authorizer, type Decision, type Permissions, type Principal } from "./authorizer.ts";
export { OpenAuthorizer } from "./open-authorizer.ts";
export type { Digest, PasswordEntry, PasswordHashing } from "./password-entry.ts";
export { countUsers, insertUser, type NewUser, removeUser } from "./password-file.ts";
export { PasswordFileAuthenticator, type PasswordFileServices } from "./password-file-authenticator.ts";
export { defaultHashing, hashPassword } from "./password-hash.ts";
export { ScramAuthenticator, type ScramSource } from "./scram/authenticator.ts";
export { credentialOf, iterationsMin, newCredential, type ScramCredential } from "./scram/credential.ts";
export { insertScramUser, type NewScramUser, readScramFile } from "./scram/file.ts";
export { type ScramMechanism, scramMechanisms } from "./scram/mechanism.ts";
export { prepared } from "./scram/prepare.ts";
export { addUser, type ScramUsers } from "./scram/text.ts";
export { AuthenticationCounters } from "./authentication-counters.ts";
export type { WorkLimits } from "./bounded-work.ts";
export { CallOutAuthenticator, type CallOutOptions, type CallOutServices } from "./call-out/authenticator.ts";
export { openBearer } from "./call-out/bearer.ts";
export { JwtAuthenticator, type JwtOptions, type JwtServices } from "./jwt/authenticator.ts";
export { KeyFile } from "./jwt/key-file.ts";
export { KeyUrl, type KeyUrlOptions } from "./jwt/key-url.ts";
export { SecretFile } from "./jwt/secret-file.ts";
export type { TokenKeys } from "./jwt/token-keys.ts";
