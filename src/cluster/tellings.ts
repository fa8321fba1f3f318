import type { Timer } from "../base/mod.ts";
import type { Link } from "./link.ts";
import type { MeshClock } from "./mesh-clock.ts";
import { Record } from "./record.ts";

/** What {@link Tellings} work with. */
export interface TellingsParts {
  readonly links: ReadonlyMap<number, Link>;
  readonly clock: MeshClock;
  readonly after: (milliseconds: number, run: () => void) => Timer;
  /** Writes what is known of this shard's groups. */
  readonly tellGroups: () => void;
}

/** Milliseconds after which a shard that does not answer counts as told. */
const echoMilliseconds = 1000;

interface Telling {
  readonly moment: number;
  /** Shards that have not answered. */
  readonly waiting: Set<number>;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/** Knows when the other shards have heard what this one has told them. */
export class Tellings {
  readonly #parts: TellingsParts;
  /** In the order in which they were asked. */
  #open: Telling[] = [];
  #changed = false;

  constructor(parts: TellingsParts) {
    this.#parts = parts;
  }

  /** There is something to tell. */
  changed(): void {
    this.#changed = true;
  }

  /** Fulfilled when all others know all that was told; null: they do. */
  told(): Promise<void> | null {
    if (this.#parts.links.size === 0) return null;
    if (this.#changed) this.ask();
    return this.#open.at(-1)?.promise ?? null;
  }

  /** Asks all others for an echo. */
  ask(): void {
    const { links, clock, after, tellGroups } = this.#parts;
    tellGroups();
    this.#changed = false;
    const { promise, resolve } = Promise.withResolvers<void>();
    const telling = { moment: clock.tick(), waiting: new Set(links.keys()), promise, resolve };
    this.#open.push(telling);
    for (const link of links.values()) link.begin(Record.ask).number(telling.moment);
    after(echoMilliseconds, () => this.#end(telling));
  }

  /** A shard has heard what was told before `moment`. */
  echoed(shard: number, moment: number): void {
    const telling = this.#open.find((each) => each.moment === moment);
    if (telling?.waiting.delete(shard) === true) this.#endIfComplete(telling);
  }

  /** A shard is gone: nobody waits for it. */
  gone(shard: number): void {
    for (const telling of this.#open) if (telling.waiting.delete(shard)) this.#endIfComplete(telling);
  }

  #endIfComplete(telling: Telling): void {
    if (telling.waiting.size === 0) this.#end(telling);
  }

  #end(telling: Telling): void {
    this.#open = this.#open.filter((each) => each !== telling);
    telling.resolve();
  }
}
