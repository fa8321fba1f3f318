import type { TransitEntry } from "../level/read-transits.ts";
import type { SessionMark, StoredQueue } from "../stored-message.ts";
import { packValues } from "../packed-values.ts";
import type { FromStore, StorePort, ToStore, TransitPage } from "./store-message.ts";

/** Gives one shard what it is to begin with, part by part: the next one when it has taken the last one in. */
export class PartWriter {
  readonly values: Buffer[] = [];
  readonly queues: StoredQueue[] = [];
  readonly marks: SessionMark[] = [];
  readonly transits: TransitEntry[] = [];
  readonly #client: { readonly place: number; readonly port: StorePort<FromStore, ToStore>; took: () => void };

  constructor(client: { readonly place: number; readonly port: StorePort<FromStore, ToStore>; took: () => void }) {
    this.#client = client;
  }

  get place(): number {
    return this.#client.place;
  }

  /** Resolves when the shard has what was gathered. */
  async flush(): Promise<void> {
    if (this.values.length + this.queues.length + this.marks.length + this.transits.length === 0) return;
    const values = packValues(this.values.splice(0));
    const transits = this.transits.length === 0 ? null : pageOf(this.transits.splice(0));
    const moved = transits === null ? [values.buffer] : [values.buffer, transits.values.buffer];
    await new Promise<void>((resolve) => {
      this.#client.took = resolve;
      const marks = this.marks.splice(0);
      this.#client.port.send({ kind: "part", values, queues: this.queues.splice(0), marks, transits }, moved);
    });
  }
}

/** A page for a shard. */
export function pageOf(entries: readonly TransitEntry[]): TransitPage {
  return {
    values: packValues(entries.map(({ value }) => value)),
    places: entries.map(({ place }) => place),
    numbers: entries.map(({ number }) => number),
  };
}
