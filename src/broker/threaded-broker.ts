import type { HookReference } from "../config/mod.ts";
import type {
  Client,
  DisconnectOptions,
  EventOf,
  LocalSubscription,
  ObservingPoint,
  OutgoingMessage,
  PublishReport,
  ReadonlyMessage,
  SubscribeOptions,
} from "../hooks/mod.ts";
import { assert } from "../base/mod.ts";
import { parseFilter, type ReasonCode } from "../protocol/mod.ts";
import type { Broker, BrokerListener } from "./broker.ts";
import { type BrokerState, Lifetime } from "./lifetime.ts";
import { openSystemTopics } from "./system-topics.ts";
import type { SystemReading } from "./system-values.ts";
import type { BrokerReading } from "./broker-reading.ts";
import { checkOutgoing } from "./check-outgoing.ts";
import { plainOutgoing } from "./plain-message.ts";
import { ShardGone, type ShardThread } from "./shard-thread-handle.ts";
import { ShardThreads, type ThreadsOptions } from "./shard-threads.ts";
import type { ThreadCalls } from "./shard-thread-message.ts";
import { ThreadAudience } from "./thread-audience.ts";

/** What a {@link ThreadedBroker} is started with. */
export type ThreadedOptions = Omit<ThreadsOptions, "onNews" | "onStarted">;

/** A broker whose shards are threads, seen from the thread that supervises them: it has no clients of its own. */
export class ThreadedBroker implements Broker {
  readonly nodeId: string;
  readonly #threads: ShardThreads;
  readonly #audience: ThreadAudience;
  readonly #lifetime: Lifetime;

  private constructor({ config, clock }: ThreadedOptions, threads: ShardThreads, audience: ThreadAudience) {
    this.nodeId = config.node_id;
    this.#threads = threads;
    this.#audience = audience;
    this.#lifetime = new Lifetime(() => threads.stop());
    const { publish, read } = { publish: this.publish.bind(this), read: () => this.#systemReading() };
    const systemTopics = openSystemTopics(config, { actions: { publish }, clock, read });
    this.#lifetime.onStop = () => systemTopics?.stop();
  }

  /** @throws WorldError as the start of a broker does; nothing runs then */
  static async start(options: ThreadedOptions): Promise<ThreadedBroker> {
    const audience = new ThreadAudience(options.logger);
    const threads = await ShardThreads.start({
      ...options,
      onNews: (news) => audience.tell(news),
      onStarted: (thread) => audience.join(thread),
    });
    return new ThreadedBroker(options, threads, audience);
  }

  get state(): BrokerState {
    return this.#lifetime.state;
  }

  get listeners(): readonly BrokerListener[] {
    return this.#threads.listeners;
  }

  get transport(): Broker["transport"] {
    const { transport } = this.#threads;
    assert(transport !== null, "a broker that runs has a transport");
    return transport;
  }

  /** The threads, for tests of what happens to them. */
  get threads(): ShardThreads {
    return this.#threads;
  }

  read(): Promise<BrokerReading> {
    return this.#threads.read();
  }

  async reload(): Promise<void> {
    await Promise.all(this.#threads.running.map((thread) => orNothing(thread.call("reload"))));
  }

  async reloadHooks(modules?: readonly HookReference[]): Promise<void> {
    // One after the other: where the first cannot use them, all go on with those from before.
    for (const thread of this.#threads.running) await orNothing(thread.call("reloadHooks", modules));
  }

  publish(message: OutgoingMessage): Promise<PublishReport> {
    checkOutgoing(message);
    return this.#call({ outcome: "refused" }, "publish", plainOutgoing(message));
  }

  subscribe(
    filter: string,
    receive: (message: ReadonlyMessage) => void,
    options?: SubscribeOptions,
  ): Promise<LocalSubscription> {
    if (parseFilter(filter) === null) throw new TypeError(`not a topic filter: ${filter}`);
    return this.#audience.subscribe({ filter, receive, options });
  }

  async *clients(): AsyncIterableIterator<Client> {
    let cursor: number | null = null;
    const thread = this.#threads.running[0];
    do {
      if (thread === undefined) return;
      const page: Awaited<ReturnType<ThreadCalls["clientPage"]>> = await orElse(
        { clients: [], next: null },
        thread.call("clientPage", cursor),
      );
      yield* page.clients;
      cursor = page.next;
    } while (cursor !== null);
  }

  client(clientId: string): Promise<Client | null> {
    return this.#call(null, "client", clientId);
  }

  mayPublish(clientId: string, topic: string): Promise<boolean> {
    return this.#call(false, "mayPublish", clientId, topic);
  }

  subscribeClient(clientId: string, filter: string, options?: SubscribeOptions): Promise<ReasonCode | null> {
    return this.#call(null, "subscribeClient", clientId, filter, options);
  }

  unsubscribeClient(clientId: string, filter: string): Promise<ReasonCode | null> {
    return this.#call(null, "unsubscribeClient", clientId, filter);
  }

  disconnectClient(clientId: string, options?: DisconnectOptions): Promise<boolean> {
    return this.#call(false, "disconnectClient", clientId, options);
  }

  on<Name extends ObservingPoint>(point: Name, listener: (event: EventOf<Name>) => void): Disposable {
    return this.#audience.listen(point, listener);
  }

  stop(): Promise<void> {
    return this.#lifetime.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #systemReading(): Promise<SystemReading> {
    const { statistics, gauges } = await this.#threads.readCounters();
    return { statistics, ...gauges };
  }

  /** Has one of the shards act for the whole broker; `otherwise` answers where none can. */
  #call<Name extends keyof ThreadCalls>(
    otherwise: Awaited<ReturnType<ThreadCalls[Name]>>,
    name: Name,
    ...words: Parameters<ThreadCalls[Name]>
  ): Promise<Awaited<ReturnType<ThreadCalls[Name]>>> {
    const thread: ShardThread | undefined = this.#lifetime.state === "running" ? this.#threads.running[0] : undefined;
    if (thread === undefined) return Promise.resolve(otherwise);
    return orElse(otherwise, thread.call(name, ...words));
  }
}

/** What a call answers; `otherwise` where the shard has ended meanwhile. */
function orElse<Answer>(otherwise: Awaited<Answer>, call: Answer): Promise<Awaited<Answer>> {
  return Promise.resolve(call).catch((error: unknown) => {
    if (error instanceof ShardGone) return otherwise;
    throw error;
  });
}

function orNothing(call: Promise<void>): Promise<void> {
  return orElse<Promise<void>>(undefined, call);
}
