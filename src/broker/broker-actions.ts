import type { Clock, Logger } from "../base/mod.ts";
import { encodeForwardedProperties } from "../codec/mod.ts";
import {
  connectedClient,
  connectedClients,
  disconnectClient,
  mayPublish,
  subscribeClient,
  unsubscribeClient,
} from "../connection/mod.ts";
import type {
  Client,
  DisconnectOptions,
  HookBroker,
  LocalSubscription,
  OutgoingMessage,
  PublishReport,
  ReadonlyMessage,
  SubscribeOptions,
} from "../hooks/mod.ts";
import {
  isTopicName,
  noProperties,
  parseFilter,
  ProtocolError,
  type Qos,
  ReasonCode,
  type SubscribeEntry,
} from "../protocol/mod.ts";
import type { Topic } from "../router/mod.ts";
import { LocalSubscriber, PublishOutcome } from "../session/mod.ts";
import { Publication } from "../store/mod.ts";
import { ClientPages } from "./client-pages.ts";
import { type ClientAction, OtherShards } from "./other-shards.ts";
import { plainClient } from "./plain-client.ts";
import type { Shard } from "./shard.ts";

/** What {@link BrokerActions} tell and are bound by. */
export interface ActionServices {
  readonly nodeId: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Actions that may wait for the end of what they were called in; more are refused. */
  readonly waitingMax: number;
}

const refused: PublishReport = Object.freeze({ outcome: "refused" });
const outcomes: ReadonlyMap<PublishOutcome, PublishReport> = new Map<PublishOutcome, PublishReport>([
  [PublishOutcome.matched, Object.freeze({ outcome: "matched" })],
  [PublishOutcome.unmatched, Object.freeze({ outcome: "unmatched" })],
  [PublishOutcome.retainRefused, refused],
]);

/** Topics looked at in one step of what a new subscription is owed of the retained messages. */
const retainedPerStep = 256;

/**
 * What the process itself does to its broker: hooks, and the program that embeds it. Actions run at once; those called
 * while a message is handed out, or a session comes and goes, wait for its end, and then run in their order.
 */
export class BrokerActions implements HookBroker {
  readonly nodeId: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly #shard: Shard;
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  /** Null where this is the only shard. */
  readonly #others: OtherShards | null;
  readonly #unsafe: { readonly ticket: number; readonly resolve: () => void }[] = [];
  #stopped = false;

  constructor(shard: Shard, services: ActionServices) {
    this.#shard = shard;
    this.nodeId = services.nodeId;
    this.logger = services.logger;
    this.clock = services.clock;
    this.#waitingMax = services.waitingMax;
    const pages = new ClientPages(() => connectedClients(shard.context));
    const act = (action: ClientAction): Promise<unknown> => this.#actHere(action);
    const forOthers = { act, page: (cursor: number | null) => pages.page(cursor) };
    this.#others = shard.mesh === null ? null : new OtherShards(shard.mesh.calls, forOthers);
  }

  publish(message: OutgoingMessage): Promise<PublishReport> {
    const topic = this.#topicOf(message.topic);
    const publication = publicationOf(message, topic, this.#shard.turn.now);
    return this.#act(refused, () => this.#publish(publication, topic));
  }

  subscribe(
    filter: string,
    receive: (message: ReadonlyMessage) => void,
    options: SubscribeOptions = {},
  ): Promise<LocalSubscription> {
    const target = parseFilter(filter);
    if (target === null) throw new TypeError(`not a topic filter: ${filter}`);
    const { router, retained, hooks } = this.#shard;
    const atTurnEnd = (step: () => boolean): void => this.#shard.atTurnEnd(step);
    const entry = entryOf(filter, options);
    const onFailure = (error: unknown): void => hooks.warn(`subscription to ${filter}`, "broker.subscribe", error);
    const subscriber = new LocalSubscriber({ receive, onFailure, atTurnEnd });
    const routed = router.subscribe(subscriber, target, entry, 0);
    if (entry.retainHandling !== 2 && target.shareName === null) {
      const cursor = retained.match(target.filter);
      atTurnEnd(() => {
        for (let step = 0; step < retainedPerStep && !cursor.done; step++) {
          const publication = cursor.next(1);
          if (publication !== null) subscriber.deliver(publication, routed, true);
        }
        return cursor.done;
      });
    }
    let subscribed = true;
    const unsubscribe = (): void => {
      if (!subscribed) return;
      subscribed = false;
      subscriber.close();
      // Routes are walked while messages are handed out: the subscription leaves the router behind that.
      void this.#act(undefined, () => router.unsubscribe(routed));
    };
    const subscription: LocalSubscription = { filter, unsubscribe, [Symbol.dispose]: unsubscribe };
    const told = this.#shard.mesh?.claims.told() ?? null;
    return told === null ? Promise.resolve(subscription) : told.then(() => subscription);
  }

  async *clients(): AsyncIterableIterator<Client> {
    yield* connectedClients(this.#shard.context);
    if (this.#others !== null) yield* this.#others.clients();
  }

  async client(clientId: string): Promise<Client | null> {
    return (await this.#anywhere({ do: "look", clientId })) as Client | null;
  }

  mayPublish(clientId: string, topic: string): boolean | Promise<boolean> {
    if (!isTopicName(topic) || topic.startsWith("$SYS/")) return clientId === "" && isTopicName(topic);
    if (clientId === "") return true;
    const here = mayPublish(this.#shard.context, clientId, topic);
    if (here !== null || this.#others === null) return here ?? false;
    return this.#others.act({ do: "mayPublish", clientId, topic }).then((answer) => answer === true);
  }

  async subscribeClient(clientId: string, filter: string, options: SubscribeOptions = {}): Promise<ReasonCode | null> {
    return (await this.#anywhere({ do: "subscribe", clientId, filter, options })) as ReasonCode | null;
  }

  async unsubscribeClient(clientId: string, filter: string): Promise<ReasonCode | null> {
    if (parseFilter(filter) === null) return ReasonCode.topicFilterInvalid;
    return (await this.#anywhere({ do: "unsubscribe", clientId, filter })) as ReasonCode | null;
  }

  async disconnectClient(clientId: string, options: DisconnectOptions = {}): Promise<boolean> {
    const { reasonCode = ReasonCode.administrativeAction, reason } = options;
    return (await this.#anywhere({ do: "disconnect", clientId, reasonCode, reason })) === true;
  }

  /** The journal has moved on: what waited for it is told. */
  onCommitted(): void {
    const { committed } = this.#shard.journal;
    while (this.#unsafe.length > 0 && (this.#unsafe[0]?.ticket ?? 0) <= committed) this.#unsafe.shift()?.resolve();
  }

  /** Does nothing any more; what waits is answered as refused. */
  stop(): void {
    this.#stopped = true;
    this.#runWaiting();
    for (const { resolve } of this.#unsafe.splice(0)) resolve();
  }

  /** Acts on the client here; where it is not connected here, elsewhere. */
  async #anywhere(action: ClientAction): Promise<unknown> {
    const here = await this.#actHere(action);
    return here === null && this.#others !== null && !this.#stopped ? this.#others.act(action) : here;
  }

  /** Null where the client is not connected to this shard. */
  #actHere(action: ClientAction): Promise<unknown> {
    const { context } = this.#shard;
    const { clientId } = action;
    switch (action.do) {
      case "look": {
        const client = connectedClient(context, clientId);
        return Promise.resolve(client === null ? null : plainClient(client));
      }
      case "mayPublish":
        return Promise.resolve(isTopicName(action.topic) ? mayPublish(context, clientId, action.topic) : null);
      case "subscribe": {
        const entry = entryOf(action.filter, action.options);
        return this.#act(null, () => subscribeClient(context, clientId, entry));
      }
      case "unsubscribe":
        return this.#act(null, () => unsubscribeClient(context, clientId, action.filter));
      case "disconnect": {
        const { reasonCode, reason } = action;
        return this.#act(null, () => (disconnectClient(context, clientId, reasonCode, reason) ? true : null));
      }
      default:
        return action satisfies never;
    }
  }

  async #publish(publication: Publication, topic: Topic): Promise<PublishReport> {
    const { dispatcher, journal } = this.#shard;
    journal.begin();
    const outcome = dispatcher.publish(publication, topic);
    const { ticket } = journal;
    if (ticket > journal.committed) {
      await new Promise<void>((resolve) => {
        this.#unsafe.push({ ticket, resolve });
      });
    }
    return outcomes.get(outcome) ?? refused;
  }

  /** Runs an action now, or in its turn; `otherwise` answers for it where that is not possible. */
  async #act<Result>(otherwise: Result, run: () => Result | Promise<Result>): Promise<Result> {
    const { hooks, turn } = this.#shard;
    if (this.#stopped) return otherwise;
    if (this.#waiting.length === 0 && !hooks.observing) {
      turn.begin();
      return run();
    }
    if (this.#waiting.length >= this.#waitingMax) {
      hooks.statistics.actionsRefused++;
      return otherwise;
    }
    const { promise, resolve } = Promise.withResolvers<Result>();
    this.#waiting.push(() => resolve(this.#stopped ? otherwise : run()));
    if (this.#waiting.length === 1) this.#shard.atTurnEnd(() => this.#runWaiting());
    return promise;
  }

  #runWaiting(): boolean {
    // Actions that these call wait behind them, for the next turn: a hook that calls itself again stops nobody.
    const count = this.#waiting.length;
    for (let index = 0; index < count; index++) this.#waiting[index]?.();
    this.#waiting.splice(0, count);
    return this.#waiting.length === 0;
  }

  #topicOf(name: string): Topic {
    if (!isTopicName(name)) throw new TypeError(`not a topic name: ${name}`);
    try {
      return this.#shard.router.topics.findName(name);
    } catch (error) {
      if (error instanceof ProtocolError) throw new TypeError(`not a topic name: ${error.message}`, { cause: error });
      throw error;
    }
  }
}

/** The actions as functions that need no `this`. */
export function actionsOf(actions: BrokerActions): Omit<HookBroker, "logger" | "clock"> {
  return {
    nodeId: actions.nodeId,
    publish: (message) => actions.publish(message),
    subscribe: (filter, receive, options) => actions.subscribe(filter, receive, options),
    clients: () => actions.clients(),
    client: (clientId) => actions.client(clientId),
    mayPublish: (clientId, topic) => actions.mayPublish(clientId, topic),
    subscribeClient: (clientId, filter, options) => actions.subscribeClient(clientId, filter, options),
    unsubscribeClient: (clientId, filter) => actions.unsubscribeClient(clientId, filter),
    disconnectClient: (clientId, options) => actions.disconnectClient(clientId, options),
  };
}

function publicationOf(message: OutgoingMessage, topic: Topic, now: number): Publication {
  const { payload = "", qos = 0, retain = false, properties = noProperties, publisherId = "" } = message;
  if (![0, 1, 2].includes(qos)) throw new TypeError(`not a QoS: ${String(qos)}`);
  return new Publication({
    topic,
    payload: Buffer.from(payload as Uint8Array),
    properties: encodeForwardedProperties(properties),
    qos,
    retain,
    messageExpiryInterval: properties.messageExpiryInterval ?? -1,
    receivedAt: now,
    publisherId,
  });
}

function entryOf(filter: string, options: SubscribeOptions): SubscribeEntry {
  const { qos = 0, noLocal = false, retainAsPublished = false, retainHandling = 0 } = options;
  return { filter, qos: Math.min(Math.max(qos, 0), 2) as Qos, noLocal, retainAsPublished, retainHandling };
}
