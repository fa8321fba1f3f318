import type { Timer } from "../base/mod.ts";
import type { ClaimingClient, ClaimOutcome, SessionState } from "../session/mod.ts";
import type { Arrival } from "./arrival.ts";

/** A claim of this shard that is under way. */
export class OwnClaim {
  readonly client: ClaimingClient;
  /** When its client came: see `ClaimClock`. */
  readonly moment: number;
  /** Shards that have not answered. */
  readonly waiting: Set<number>;
  /** The shard that gives the session away; -1: none has said so, or it is here already. */
  owner = -1;
  arrival: Arrival | null = null;
  deadline: Timer | null = null;
  /** What has to wait until it is over. */
  readonly behind: (() => void)[] = [];
  /** The session, where it is here before all have said that they send its messages here. */
  arrived: SessionState | null = null;
  #done: ((outcome: ClaimOutcome) => void) | null;

  constructor(client: ClaimingClient, moment: number, others: Iterable<number>, done: (outcome: ClaimOutcome) => void) {
    this.client = client;
    this.moment = moment;
    this.waiting = new Set(others);
    this.#done = done;
  }

  /** True for a client that still waits. */
  get isOpen(): boolean {
    return this.#done !== null;
  }

  /** Tells the client what has come of it; once. */
  tell(outcome: ClaimOutcome): void {
    const done = this.#done;
    this.#done = null;
    done?.(outcome);
  }

  /** What was on its way to here does not come. */
  giveUp(): void {
    this.owner = -1;
    this.arrival?.abandon();
    this.arrival = null;
  }
}
