import type { Client } from "../hooks/mod.ts";
import { plainClient } from "./plain-client.ts";

/** Some of the clients that somebody elsewhere goes through. */
export interface ClientPage {
  readonly clients: readonly Client[];
  /** Where it goes on; null: that was all. */
  readonly next: number | null;
}

/** Clients told at once: a few milliseconds of work. */
const pageSize = 500;

/** Walks that may be under way at once; the oldest is ended for one more, as nobody may have gone on with it. */
const walksMax = 64;

/** Walks through the clients of this place, page by page, for those who ask from elsewhere. */
export class ClientPages {
  readonly #clients: () => Iterator<Client> | AsyncIterator<Client>;
  readonly #walks = new Map<number, Iterator<Client> | AsyncIterator<Client>>();
  #last = 0;

  constructor(clients: () => Iterator<Client> | AsyncIterator<Client>) {
    this.#clients = clients;
  }

  /** @param cursor `next` of the page before; null begins */
  async page(cursor: number | null): Promise<ClientPage> {
    const walk = cursor === null ? this.#clients() : this.#walks.get(cursor);
    if (cursor !== null) this.#walks.delete(cursor);
    if (walk === undefined) return { clients: [], next: null };
    const clients: Client[] = [];
    while (clients.length < pageSize) {
      const { done, value } = await walk.next();
      if (done === true) return { clients, next: null };
      clients.push(plainClient(value));
    }
    const next = ++this.#last;
    const [oldest] = this.#walks.keys();
    if (this.#walks.size >= walksMax && oldest !== undefined) this.#walks.delete(oldest);
    this.#walks.set(next, walk);
    return { clients, next };
  }
}
