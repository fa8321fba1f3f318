import type { ClientPage } from "./client-pages.ts";
import { ClientPages } from "./client-pages.ts";
import type { LocalSubscription, ObservingPoint, SubscribeOptions } from "../hooks/mod.ts";
import type { Broker, OneShard } from "./broker.ts";
import type { BrokerReading } from "./broker-reading.ts";
import { plainEvent } from "./plain-event.ts";
import { plainMessage } from "./plain-message.ts";
import type { FromThread, ThreadCalls } from "./shard-thread-message.ts";

/** How a shard tells the supervising thread what that did not ask for at this moment. */
export interface NewsWay {
  readonly tell: (message: FromThread) => void;
  readonly newsWaiting: SharedArrayBuffer;
  /** Bytes that may wait to be taken. */
  readonly newsBytesMax: number;
}

/** What a message or an event takes besides its payload, about. */
const newsBytes = 512;

/** What the supervising thread has a shard do, within the shard's thread. */
export class ShardCalls implements ThreadCalls {
  readonly #broker: OneShard;
  readonly #way: NewsWay;
  readonly #waiting: Int32Array;
  /** Messages and events that the supervisor was not told of. */
  #dropped = 0;
  readonly #pages: ClientPages;
  readonly #subscriptions = new Map<number, LocalSubscription>();
  readonly #listening = new Map<ObservingPoint, Disposable>();

  constructor(broker: OneShard, way: NewsWay) {
    this.#broker = broker;
    this.#way = way;
    this.#waiting = new Int32Array(way.newsWaiting);
    this.#pages = new ClientPages(() => broker.clients());
  }

  readonly read: ThreadCalls["read"] = async () => this.#withDropped(await this.#broker.read());
  readonly readCounters: ThreadCalls["readCounters"] = async () => this.#withDropped(await this.#broker.readCounters());
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
    const receive: Parameters<Broker["subscribe"]>[1] = (message) => {
      const bytes = this.#room(message.payloadBytes);
      if (bytes > 0) this.#way.tell({ kind: "message", subscription, message: plainMessage(message), bytes });
    };
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
      const listener: Parameters<Broker["on"]>[1] = (event) => {
        const message = "message" in event ? event.message : null;
        const bytes = this.#room(message?.payloadBytes ?? 0);
        if (bytes > 0) this.#way.tell({ kind: "event", point, event: plainEvent(event), bytes });
      };
      this.#listening.set(point, this.#broker.on(point, listener));
    }
    return Promise.resolve();
  }

  #withDropped(reading: BrokerReading): BrokerReading {
    return { ...reading, newsDropped: this.#dropped };
  }

  /** Takes room for something with such a payload; 0 where the supervisor takes too little, so that it is dropped. */
  #room(payloadBytes: number): number {
    const bytes = payloadBytes + newsBytes;
    if (Atomics.load(this.#waiting, 0) + bytes > this.#way.newsBytesMax) {
      this.#dropped++;
      return 0;
    }
    Atomics.add(this.#waiting, 0, bytes);
    return bytes;
  }
}
