import { EventJournal, type JournalClocks } from "../event-journal.ts";
import { wholeEvent } from "../events/queue-entry.ts";
import { visitEntry, visitTransit } from "../events/visit-entry.ts";
import type { StoreVisitor, Transit } from "../stored-message.ts";
import { unpackValues } from "../packed-values.ts";
import { errorOf, RemoteSink } from "./remote-sink.ts";
import type { FromStore, StorePort, ToStore, TransitPage } from "./store-message.ts";

/** What a {@link SharedJournal} works with. */
export interface SharedJournalParts extends JournalClocks {
  /** The way to the `StoreServer`. */
  readonly port: StorePort<ToStore, FromStore>;
  /** Place of this shard among those that share the store: 0, 1, 2... */
  readonly place: number;
}

/**
 * The level `local` of one shard among several: the store is on another thread, which takes the events of all shards
 * into one batch with one flush.
 */
export class SharedJournal extends EventJournal {
  /** Runs for each thing that another shard had for this one, in their order. Set by who takes it in. */
  onTransit: (transit: Transit) => void = () => {};
  /** Shards that share the store. */
  places = 1;
  readonly #port: StorePort<ToStore, FromStore>;
  readonly #sink: RemoteSink;
  readonly #restored = Promise.withResolvers<Extract<FromStore, { kind: "restored" }>>();
  #visitor: StoreVisitor | null = null;
  /** Number of the last thing for this shard that was taken in. */
  #taken = 0;
  #waiting = 0;
  /** True also until the first question: what comes then is to find the shard ready. */
  #asking = true;

  constructor({ port, place, ...clocks }: SharedJournalParts) {
    const sink = new RemoteSink(port);
    super(sink, clocks);
    this.#sink = sink;
    this.#port = port;
    this.log.place = place;
    this.#restored.promise.catch(() => {
      // Whoever asked hears of it; where nobody did, nobody needs to.
    });
    port.onMessage = (message) => this.#receive(message);
  }

  /**
   * Gives the visitor this shard's part of what the store holds; to be called once, before anything is recorded.
   * @throws WorldError `store_damaged`
   */
  async restore(visitor: StoreVisitor): Promise<void> {
    this.#visitor = visitor;
    this.#port.send({ kind: "restore" });
    const { lastSession, lastBody, lastTransit, places } = await this.#restored.promise;
    this.#taken = Math.max(this.#taken, lastTransit);
    this.#visitor = null;
    this.places = places;
    this.log.stride = places;
    this.log.lastSession = numberBefore(lastSession, this.log.place ?? 0, places);
    this.log.lastBody = numberBefore(lastBody, this.log.place ?? 0, places);
  }

  /** True while nothing is on its way to the store or from it. */
  get isQuiet(): boolean {
    return this.pending <= this.committed && !this.#asking && this.#waiting <= this.#taken;
  }

  /** What other shards have for this one may come from now on. */
  takeTransits(): void {
    this.#asking = true;
    this.#port.send({ kind: "transits", after: this.#taken });
  }

  #receive(message: FromStore): void {
    switch (message.kind) {
      case "part":
        return this.#takePart(message);
      case "restored":
        return this.#restored.resolve(message);
      case "failed":
        if (message.id === 0) this.#restored.reject(errorOf(message));
        return this.#sink.receive(message);
      case "waiting":
        this.#waiting = Math.max(this.#waiting, message.last);
        return this.#askForMore();
      case "transits":
        return this.#takePage(message.page);
      default:
        return this.#sink.receive(message);
    }
  }

  #takePart({ values, queues, marks, transits }: Extract<FromStore, { kind: "part" }>): void {
    const visitor = this.#visitor as StoreVisitor;
    const monotonicOf = (wall: number): number => this.monotonicOf(wall);
    try {
      for (const value of unpackValues(values)) visitEntry(wholeEvent(value), visitor, monotonicOf);
      for (const queue of queues) visitor.queue(queue);
      for (const mark of marks) visitor.mark?.(mark);
      if (transits !== null) this.#visitTransits(transits, visitor);
    } catch (error) {
      this.#restored.reject(error);
    }
    this.#port.send({ kind: "took" });
  }

  #takePage(page: TransitPage): void {
    this.#visitTransits(page, { transit: (transit) => this.onTransit(transit) });
    this.#asking = false;
    if (page.numbers.length === 0) this.#waiting = this.#taken;
    this.#askForMore();
    // What was taken in may be all that this turn does.
    this.onCommitted();
  }

  #visitTransits(page: TransitPage, visitor: Pick<StoreVisitor, "transit">): void {
    const monotonicOf = (wall: number): number => this.monotonicOf(wall);
    for (const [index, value] of unpackValues(page.values).entries()) {
      const place = page.places[index] as number;
      const number = page.numbers[index] as number;
      if (place === this.log.place) this.#taken = Math.max(this.#taken, number);
      visitTransit({ place, number, value }, visitor, monotonicOf);
    }
  }

  #askForMore(): void {
    if (this.#asking || this.#waiting <= this.#taken) return;
    this.takeTransits();
  }
}

/** The largest number that is not larger than `last` by a round, and from which steps of `places` lead to own ones. */
function numberBefore(last: number, place: number, places: number): number {
  return (Math.floor(last / places) + 1) * places + place;
}
