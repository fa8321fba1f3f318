import type { Calls } from "../cluster/mod.ts";
import type { Client, SubscribeOptions } from "../hooks/mod.ts";
import type { ReasonCode } from "../protocol/mod.ts";
import type { ClientPage } from "./client-pages.ts";

/** What may be asked about a client, or done to it, wherever it is connected. Null answers: it is not here. */
export type ClientAction =
  | { readonly do: "look"; readonly clientId: string }
  | {
      readonly do: "subscribe";
      readonly clientId: string;
      readonly filter: string;
      readonly options: SubscribeOptions;
    }
  | { readonly do: "unsubscribe"; readonly clientId: string; readonly filter: string }
  | { readonly do: "mayPublish"; readonly clientId: string; readonly topic: string }
  | {
      readonly do: "disconnect";
      readonly clientId: string;
      readonly reasonCode: ReasonCode;
      readonly reason: string | undefined;
    };

/** Some of a shard's clients. */
interface PageQuestion {
  readonly do: "page";
  readonly cursor: number | null;
}

/** What the broker does for other shards. */
export interface ForOthers {
  act(action: ClientAction): Promise<unknown>;
  page(cursor: number | null): Promise<ClientPage>;
}

/** The clients of the other shards. */
export class OtherShards {
  readonly #calls: Calls;

  constructor(calls: Calls, forOthers: ForOthers) {
    this.#calls = calls;
    calls.onQuestion = async (text) => {
      const question = JSON.parse(text) as ClientAction | PageQuestion;
      const answer = question.do === "page" ? forOthers.page(question.cursor) : forOthers.act(question);
      return JSON.stringify((await answer) ?? null);
    };
  }

  /** The answer of the shard that has the client; null: none has. */
  act(action: ClientAction): Promise<unknown> {
    const question = JSON.stringify(action);
    const { shards } = this.#calls;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    let waiting = shards.length;
    if (waiting === 0) resolve(null);
    for (const shard of shards) {
      void this.#calls.ask(shard, question).then((text) => {
        waiting--;
        const answer: unknown = text === null ? null : JSON.parse(text);
        if (answer !== null || waiting === 0) resolve(answer);
      });
    }
    return promise;
  }

  async *clients(): AsyncGenerator<Client, undefined> {
    for (const shard of this.#calls.shards) {
      let cursor: number | null = null;
      do {
        const text: string | null = await this.#calls.ask(shard, JSON.stringify({ do: "page", cursor }));
        if (text === null) break;
        const page = JSON.parse(text) as ClientPage;
        yield* page.clients;
        cursor = page.next;
      } while (cursor !== null);
    }
  }
}
