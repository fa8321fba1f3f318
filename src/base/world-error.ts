/**
 * What the world did to us (a port in use, a file that cannot be read, a bad configuration), as opposed to a peer's
 * mistake (`ProtocolError`) or ours (`AssertionError`). Recognised by `code`, never by its text.
 */
export type WorldErrorCode =
  | "config_invalid"
  | "file_missing"
  | "file_unreadable"
  | "file_unwritable"
  | "file_malformed"
  | "address_in_use"
  | "address_not_available"
  | "permission_denied"
  | "broker_unreachable"
  | "store_damaged"
  | "store_locked"
  | "store_too_new"
  | "store_too_old"
  | "hook_invalid"
  | "usage";

/** An error with a code from {@link WorldErrorCode} and a sentence that says what to do. */
export class WorldError extends Error {
  override readonly name = "WorldError";
  readonly code: WorldErrorCode;

  constructor(code: WorldErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
