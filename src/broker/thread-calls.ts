import type { ClientPage } from "./client-pages.ts";
import { ClientPages } from "./client-pages.ts";
import type { LocalSubscription, ObservingPoint, SubscribeOptions } from "../hooks/mod.ts";
import type { Broker } from "./broker.ts";
import { plainEvent } from "./plain-event.ts";
import { plainMessage } from "./plain-message.ts";
import type { FromThread, ThreadCalls } from "./shard-thread-message.ts";

/** What the supervising thread has a shard do, within the shard's thread. */
export class ShardCalls implements ThreadCalls {
  readonly #broker: Broker;
  readonly #tell: (message: FromThread) => void;
  readonly #pages: ClientPages;
  readonly #subscriptions = new Map<number, LocalSubscription>();
  readonly #listening = new Map<ObservingPoint, Disposable>();

  constructor(broker: Broker, tell: (message: FromThread) => void) {
    this.#broker = broker;
    this.#tell = tell;
    this.#pages = new ClientPages(() => broker.clients());
  }

  readonly read: ThreadCalls["read"] = () => this.#broker.read();
  readonly reload: ThreadCalls["reload"] = () => this.#broker.reload();
  readonly reloadHooks: ThreadCalls["reloadHooks"] = (modules) => this.#broker.reloadHooks(modules);
  readonly publish: ThreadCalls["publish"] = (message) => this.#broker.publish(message);
  readonly client: ThreadCalls["client"] = (clientId) => this.#broker.client(clientId);
  readonly mayPublish: ThreadCalls["mayPublish"] = async (id, topic) => this.#broker.mayPublish(id, topic);
  readonly subscribeClient: ThreadCalls["subscribeClient"] = (...words) => this.#broker.subscribeClient(...words);
  readonly unsubscribeClient: ThreadCalls["unsubscribeClient"] = (...words) => this.#broker.unsubscribeClient(...words);
  readonly disconnectClient: ThreadCalls["disconnectClient"] = (...words) => this.#broker.disconnectClient(...words);

  clientPage(cursor: number | null): Promise<ClientPage> {
    return this.#pages.page(cursor);
  }

  async subscribe(subscription: number, filter: string, options?: SubscribeOptions): Promise<void> {
    const receive: Parameters<Broker["subscribe"]>[1] = (message) =>
      this.#tell({ kind: "message", subscription, message: plainMessage(message) });
    this.#subscriptions.set(subscription, await this.#broker.subscribe(filter, receive, options));
  }

  unsubscribe(subscription: number): Promise<void> {
    this.#subscriptions.get(subscription)?.unsubscribe();
    this.#subscriptions.delete(subscription);
    return Promise.resolve();
  }

  listen(point: ObservingPoint, wanted: boolean): Promise<void> {
    this.#listening.get(point)?.[Symbol.dispose]();
    this.#listening.delete(point);
    if (wanted) {
      const listener: Parameters<Broker["on"]>[1] = (event) =>
        this.#tell({ kind: "event", point, event: plainEvent(event) });
      this.#listening.set(point, this.#broker.on(point, listener));
    }
    return Promise.resolve();
  }
}
