import type { Publication } from "../store/mod.ts";

/** A will that waits for the end of its connection, or, after that, for its delay. */
export interface ArmedWill {
  readonly publication: Publication;
  /** Seconds between the end of the connection and the publication (MQTT 5.0 section 3.1.3.2.2). */
  readonly delaySeconds: number;
}
