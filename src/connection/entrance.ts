import type { Authenticator } from "../auth/mod.ts";

/** What holds for every connection of one listener. */
export interface Entrance {
  /** Name of the listener. */
  readonly name: string;
  readonly authenticator: Authenticator;
}
