import type { AuthenticationResult } from "../auth/mod.ts";
import type { WheelEntry } from "../base/mod.ts";
import { ReasonCode } from "../protocol/mod.ts";
import type { Connection } from "./connection.ts";
import { closeConnection } from "./farewell.ts";

/** The client has proved this about itself, for the first time or anew. */
export function takeIdentity(connection: Connection, identity: AuthenticationResult): void {
  connection.identity = identity;
  connection.proofEnd?.cancel();
  connection.proofEnd = identity.expiresAt === undefined ? null : new ProofEnd(connection, identity.expiresAt);
}

/** Milliseconds: it is looked at least once an hour, since the wall clock may be set while it waits. */
const waitMax = 3_600_000;

/** Ends a connection when the client's proof is over, a token that has expired for example. */
export class ProofEnd implements WheelEntry {
  wheelNext: WheelEntry | null = null;
  wheelPrevious: WheelEntry | null = null;
  wheelSlot = -1;
  wheelDue = -1;
  readonly #connection: Connection;
  readonly #expiresAt: number;

  /** @param expiresAt milliseconds since 1970 */
  constructor(connection: Connection, expiresAt: number) {
    this.#connection = connection;
    this.#expiresAt = expiresAt;
    this.#wait();
  }

  onWheel(): void {
    // The wall clock may have been set back meanwhile.
    if (this.#connection.context.parts.wallTime() < this.#expiresAt) {
      this.#wait();
      return;
    }
    const { statistics } = this.#connection.context;
    statistics.proofsExpired++;
    closeConnection(this.#connection, ReasonCode.maximumConnectTime, "the proof of the client's identity has expired");
  }

  cancel(): void {
    this.#connection.context.parts.wheel.cancel(this);
  }

  #wait(): void {
    const { turn, parts } = this.#connection.context;
    // An issuer may write any number: also one that no clock reaches.
    parts.wheel.schedule(this, turn.now + Math.min(this.#expiresAt - parts.wallTime(), waitMax));
  }
}
