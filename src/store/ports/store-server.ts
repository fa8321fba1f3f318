import { WorldError } from "../../base/mod.ts";
import type { StoreWriter } from "../level/store-writer.ts";
import type { QueueRequest } from "../stored-message.ts";
import type { JournalStatistics } from "../journal.ts";
import { Owners } from "./owners.ts";
import { pageOf, PartWriter } from "./part-writer.ts";
import type { FromStore, StorePort, ToStore } from "./store-message.ts";

type Port = StorePort<FromStore, ToStore>;

/** One shard, as the thread that has the store sees it. */
interface Client {
  readonly place: number;
  readonly port: Port;
  /** Resolves when the shard has taken the part in that it was given last. */
  took: () => void;
}

/** Entries of one page of what is on its way to a shard. */
const transitsPerPage = 512;
const transitBytesMax = 1024 * 1024;

/**
 * One store for several shards, on the thread that supervises theirs. What all shards bring while a batch is written is
 * the next batch, with one flush of the disk; so group commit goes over all shards, and whatever one turn of a shard
 * recorded is there or not there as a whole.
 *
 * It knows at which place each session is, so that a shard that takes the place of a crashed one gets the same ones.
 */
export class StoreServer {
  readonly #writer: StoreWriter;
  readonly #places: number;
  readonly #owners: Owners;
  readonly #clients = new Map<number, Client>();
  #waiting: { readonly client: Client; readonly events: Buffer }[] = [];
  #writing: { readonly client: Client; readonly events: Buffer }[] | null = null;
  /** Shards that wait for the first reading of the store. */
  readonly #asked: Client[] = [];
  #read: Promise<void> | null = null;
  #idle: () => void = () => {};

  /** @param places shards that share the store */
  constructor(writer: StoreWriter, places: number) {
    this.#writer = writer;
    this.#places = places;
    this.#owners = new Owners(places);
    writer.onWritten = () => this.#written();
    writer.onTransits = (transits) => this.#setOut(transits);
    writer.onState = () => this.#tellState();
  }

  /** Counters of the store itself: those of the shards tell of their own shares. */
  get statistics(): JournalStatistics {
    return this.#writer.statistics;
  }

  get refuses(): boolean {
    return this.#writer.refuses;
  }

  /** A shard comes. What its place still has under way from an earlier one is written first. */
  attach(place: number, port: Port): void {
    const client: Client = { place, port, took: () => {} };
    this.#clients.set(place, client);
    port.onMessage = (message) => this.#receive(client, message);
    this.#tellStateTo(client);
  }

  /** The shard at the place has ended, or crashed: what it has sent still counts. */
  detach(place: number): void {
    const client = this.#clients.get(place);
    if (client === undefined) return;
    this.#clients.delete(place);
    client.took();
    client.port.close();
    if (this.#read !== null || !this.#asked.includes(client)) return;
    // Those that wait with it for the first reading would wait for ever.
    const failed = failure(0, new Error("another shard has ended before all were there"));
    for (const { port } of this.#asked.splice(0)) port.send(failed);
  }

  /** Resolves when nothing that ended sessions left behind is being deleted. */
  swept(): Promise<void> {
    return this.#writer.swept();
  }

  /** Closes the store, behind all that was sent. */
  async close(): Promise<void> {
    while (this.#writing !== null && !this.#writer.failing) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    await this.#writer.close();
  }

  #receive(client: Client, message: ToStore): void {
    switch (message.kind) {
      case "restore":
        return this.#restore(client);
      case "took":
        return client.took();
      case "write": {
        const { buffer, byteOffset, length } = message.events;
        this.#waiting.push({ client, events: Buffer.from(buffer, byteOffset, length) });
        return this.#writeNext();
      }
      case "queue":
        return void this.#readQueue(client, message.id, message.request);
      case "transits":
        return void this.#readTransits(client, message.after);
      case "close":
        client.port.send({ kind: "closed" });
        return this.detach(client.place);
    }
  }

  #writeNext(): void {
    if (this.#writing !== null || this.#waiting.length === 0) return;
    this.#writing = this.#waiting;
    this.#waiting = [];
    for (const { client, events } of this.#writing) this.#owners.note(events, client.place);
    this.#writer.write(this.#writing.map(({ events }) => events));
  }

  #written(): void {
    const written = this.#writing ?? [];
    this.#writing = null;
    for (const { client } of written) client.port.send({ kind: "written" });
    if (this.#waiting.length === 0) this.#idle();
    this.#writeNext();
  }

  #setOut(transits: readonly { readonly place: number; readonly number: number }[]): void {
    const last = new Map<number, number>();
    for (const { place, number } of transits) last.set(place, number);
    for (const [place, number] of last) this.#clients.get(place)?.port.send({ kind: "waiting", last: number });
  }

  #tellState(): void {
    for (const client of this.#clients.values()) this.#tellStateTo(client);
    if (this.#writer.failing) this.#idle();
  }

  #tellStateTo({ port }: Client): void {
    const { failing, refuses, outOfRoom, statistics } = this.#writer;
    port.send({ kind: "state", failing, refuses, outOfRoom, storeBytes: statistics.storeBytes });
  }

  async #readQueue({ port }: Client, id: number, request: QueueRequest): Promise<void> {
    try {
      const values = await this.#writer.readQueue(request);
      port.send({ kind: "queue", id, values }, [values.buffer]);
    } catch (error) {
      port.send(failure(id, error));
    }
  }

  async #readTransits({ port, place }: Client, after: number): Promise<void> {
    try {
      const request = { place, after, entriesMax: transitsPerPage, bytesMax: transitBytesMax };
      const page = pageOf(await this.#writer.readTransits(request));
      port.send({ kind: "transits", page }, [page.values.buffer]);
    } catch {
      // The store was closed meanwhile: what is on its way is there at the next start.
    }
  }

  /** At first all shards are waited for and the store is read once; a shard that comes later gets its part alone. */
  #restore(client: Client): void {
    if (this.#read !== null) {
      void this.#read.then(() => this.#restorePlace(client));
      return;
    }
    this.#asked.push(client);
    if (this.#asked.length === this.#places) this.#read = this.#restoreAll();
  }

  async #restoreAll(): Promise<void> {
    const parts = this.#asked.map((client) => new PartWriter(client));
    try {
      await this.#owners.read(this.#writer);
      const found = await this.#writer.restore(this.#spread(parts), () => flush(parts));
      this.#owners.found(found);
      await flush(parts);
      for (const { port } of this.#asked) port.send(this.#restored(found.lastTransit));
    } catch (error) {
      for (const { port } of this.#asked) port.send(failure(0, error));
    }
  }

  async #restorePlace(client: Client): Promise<void> {
    const part = new PartWriter(client);
    try {
      // What its predecessor had sent is part of what it left.
      while (this.#writing !== null) await this.#quiet();
      await this.#writer.scan(this.#spread([part]), () => flush([part]));
      await flush([part]);
      client.port.send(this.#restored(0));
    } catch (error) {
      client.port.send(failure(0, error));
    }
  }

  #quiet(): Promise<void> {
    const before = this.#idle;
    return new Promise((resolve) => {
      this.#idle = () => {
        before();
        resolve();
      };
    });
  }

  /** @param lastTransit up to here it was told of all that is on its way, where that was not all for its place */
  #restored(lastTransit: number): FromStore {
    const { lastSession, lastBody } = this.#owners;
    return { kind: "restored", lastSession, lastBody, lastTransit, places: this.#places };
  }

  /** Each session to the shard at its place, what is retained to all. */
  #spread(parts: readonly PartWriter[]): Parameters<StoreWriter["restore"]>[0] {
    const at = (place: number): PartWriter | undefined => parts.find((part) => part.place === place % this.#places);
    return {
      ofSession: (event, value) => at(this.#owners.of(event.session))?.values.push(value),
      queue: (queue) => at(this.#owners.of(queue.session))?.queues.push(queue),
      retained: (value) => {
        for (const part of parts) part.values.push(value);
      },
      mark: (mark) => {
        for (const part of parts) part.marks.push(mark);
      },
      transit: (entry) => at(this.#owners.heirOf(entry.place))?.transits.push(entry),
      delayed: (place, value) => at(place)?.values.push(value),
    };
  }
}

async function flush(parts: readonly PartWriter[]): Promise<void> {
  for (const part of parts) await part.flush();
}

function failure(id: number, error: unknown): FromStore {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "failed", id, code: error instanceof WorldError ? error.code : null, message };
}
