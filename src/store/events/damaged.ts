import { WorldError } from "../../base/mod.ts";

/** What stands in the store is not what this or any earlier version wrote. */
export function damaged(what: string, cause?: unknown): WorldError {
  return new WorldError("store_damaged", what, cause === undefined ? {} : { cause });
}
