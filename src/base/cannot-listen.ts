import { WorldError } from "./world-error.ts";

/** What a listener's owner knows about it, for the sentence that says what to do. */
export interface ListenHints {
  /** The configuration's key, where there may be several of the address. */
  readonly key?: string;
  /** What may be behind a missing permission. */
  readonly denied?: string;
  readonly cause?: unknown;
}

/**
 * Why a server could not listen, and what to do.
 * @param code the system's, as `EADDRINUSE`
 * @param where the address as it was asked for
 * @returns WorldError `address_in_use`, `permission_denied`, `address_not_available`
 */
export function cannotListen(code: string, where: string, hints: ListenHints = {}): WorldError {
  const { key, denied, cause } = hints;
  const named = key === undefined ? where : `${where} (${key})`;
  const options = cause === undefined ? {} : { cause };
  switch (code) {
    case "EADDRINUSE": {
      const other = key === undefined ? "another address" : `another address for ${key}`;
      return new WorldError("address_in_use", `${where} is in use: stop the other server or choose ${other}`, options);
    }
    case "EACCES":
    case "EPERM": {
      const hint = denied === undefined ? "" : `: ${denied}`;
      return new WorldError("permission_denied", `no permission to listen on ${named}${hint}`, options);
    }
    default:
      return new WorldError("address_not_available", `cannot listen on ${named}: ${code}`, options);
  }
}
