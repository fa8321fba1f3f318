import type { Timer } from "../base/mod.ts";
import type { ClaimingClient } from "../session/mod.ts";
import type { Arrival } from "./arrival.ts";

/** A claim of this shard that is under way. */
export class OwnClaim {
  readonly client: ClaimingClient;
  /** On the clock of the mesh. */
  readonly moment: number;
  /** Shards that have not answered. */
  readonly waiting: Set<number>;
  /** The shard that gives the session away; -1: none has said so, or it is here already. */
  owner = -1;
  arrival: Arrival | null = null;
  deadline: Timer | null = null;
  /** What has to wait until it is over. */
  readonly behind: (() => void)[] = [];
  #done: ((granted: boolean) => void) | null;

  constructor(client: ClaimingClient, moment: number, others: Iterable<number>, done: (granted: boolean) => void) {
    this.client = client;
    this.moment = moment;
    this.waiting = new Set(others);
    this.#done = done;
  }

  /** Another shard has claimed the session later. */
  lose(): void {
    const done = this.#done;
    this.#done = null;
    done?.(false);
  }

  /** The session is here, or nowhere. */
  grant(): void {
    const done = this.#done;
    this.#done = null;
    done?.(true);
  }

  /** What was on its way to here does not come. */
  giveUp(): void {
    this.owner = -1;
    this.arrival?.abandon();
    this.arrival = null;
  }
}
