/** Who may connect: everyone, or the users of a password file. */
export { AnonymousAuthenticator } from "./anonymous-authenticator.ts";
export {
  type AclAction,
  type AclGrant,
  type AuthenticationResult,
  type ClientLimits,
  nobody,
} from "./authentication-result.ts";
export type { AuthenticationRequest, Authenticator, Verdict } from "./authenticator.ts";
export type { Digest, PasswordEntry, PasswordHashing } from "./password-entry.ts";
export { countUsers, insertUser, type NewUser, removeUser } from "./password-file.ts";
export { PasswordFileAuthenticator, type PasswordFileServices } from "./password-file-authenticator.ts";
export { defaultHashing, hashPassword } from "./password-hash.ts";
