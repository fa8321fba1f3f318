import type { Gate } from "../admission/mod.ts";
import type { Authenticator } from "../auth/mod.ts";
import type { ClientTerms } from "./client-terms.ts";

/** What holds for every connection of one listener. */
export interface Entrance {
  /** Name of the listener. */
  readonly name: string;
  readonly authenticator: Authenticator;
  /** What its clients may take. */
  readonly terms: ClientTerms;
  /** Who comes in by it. */
  readonly gate: Gate;
}
