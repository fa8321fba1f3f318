/** Who may connect (everyone, or the users of a password file), and what a client may do. */
export { AnonymousAuthenticator } from "./anonymous-authenticator.ts";
export {
  type AclAction,
  type AclGrant,
  type AuthenticationResult,
  type ClientLimits,
  nobody,
} from "./authentication-result.ts";
export type { AuthenticationRequest, Authenticator, Verdict } from "./authenticator.ts";
export { allowed, type Authorizer, type Decision, type Permissions, type Principal } from "./authorizer.ts";
export { OpenAuthorizer } from "./open-authorizer.ts";
export type { Digest, PasswordEntry, PasswordHashing } from "./password-entry.ts";
export { countUsers, insertUser, type NewUser, removeUser } from "./password-file.ts";
export { PasswordFileAuthenticator, type PasswordFileServices } from "./password-file-authenticator.ts";
export { defaultHashing, hashPassword } from "./password-hash.ts";
