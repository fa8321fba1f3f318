import { type Config, type ConfigSettings, createConfig, type HookReference } from "../config/mod.ts";
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
import type { ReasonCode } from "../protocol/mod.ts";
import type { Broker, BrokerListener, BrokerServices } from "./broker.ts";
import type { BrokerReading } from "./broker-reading.ts";
import { startBroker } from "./start-broker.ts";

/** A broker that a program has made and starts itself. */
export interface EmbeddedBroker extends Omit<Broker, "state"> {
  /** `created` until `start` has resolved. */
  readonly state: "created" | Broker["state"];
  /**
   * Starts it, once: its listeners are open and its hooks in use when this resolves. Before that everything but `stop`
   * and `state` throws.
   * @throws WorldError as {@link startBroker}; nothing runs then
   */
  start(): Promise<void>;
}

/**
 * Makes a broker that runs inside this process, with its state in memory unless `durability` says otherwise. Brokers do
 * not know of each other; several share the event loop.
 * @param config a configuration, or the part of one that differs from the defaults
 * @throws WorldError `config_invalid`
 */
export function createBroker(config: Config | ConfigSettings = {}, services: BrokerServices = {}): EmbeddedBroker {
  return new StartedOnce(createConfig({ durability: "memory", ...config }), services);
}

class StartedOnce implements EmbeddedBroker {
  readonly #config: Config;
  readonly #services: BrokerServices;
  #starting: Promise<Broker> | null = null;
  #broker: Broker | null = null;
  #stopped = false;

  constructor(config: Config, services: BrokerServices) {
    this.#config = config;
    this.#services = services;
  }

  get state(): EmbeddedBroker["state"] {
    return this.#broker?.state ?? (this.#stopped ? "stopped" : "created");
  }

  get nodeId(): string {
    return this.#config.node_id;
  }

  get listeners(): readonly BrokerListener[] {
    return this.#running.listeners;
  }

  get transport(): Broker["transport"] {
    return this.#running.transport;
  }

  async start(): Promise<void> {
    if (this.#stopped) throw new Error("the broker was stopped: make a new one");
    this.#starting ??= startBroker(this.#config, this.#services);
    this.#broker = await this.#starting;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const starting = this.#starting;
    if (starting === null) return;
    // A start that fails is told to who has called it, and leaves nothing to stop.
    const broker = await starting.catch(() => null);
    await broker?.stop();
  }

  read(): Promise<BrokerReading> {
    return this.#running.read();
  }

  on<Name extends ObservingPoint>(point: Name, listener: (event: EventOf<Name>) => void): Disposable {
    return this.#running.on(point, listener);
  }

  reloadHooks(modules?: readonly HookReference[]): Promise<void> {
    return this.#running.reloadHooks(modules);
  }

  reload(): Promise<void> {
    return this.#running.reload();
  }

  publish(message: OutgoingMessage): Promise<PublishReport> {
    return this.#running.publish(message);
  }

  subscribe(
    filter: string,
    receive: (message: ReadonlyMessage) => void,
    options?: SubscribeOptions,
  ): Promise<LocalSubscription> {
    return this.#running.subscribe(filter, receive, options);
  }

  clients(): AsyncIterableIterator<Client> {
    return this.#running.clients();
  }

  client(clientId: string): Promise<Client | null> {
    return this.#running.client(clientId);
  }

  mayPublish(clientId: string, topic: string): boolean | Promise<boolean> {
    return this.#running.mayPublish(clientId, topic);
  }

  subscribeClient(clientId: string, filter: string, options?: SubscribeOptions): Promise<ReasonCode | null> {
    return this.#running.subscribeClient(clientId, filter, options);
  }

  unsubscribeClient(clientId: string, filter: string): Promise<ReasonCode | null> {
    return this.#running.unsubscribeClient(clientId, filter);
  }

  disconnectClient(clientId: string, options?: DisconnectOptions): Promise<boolean> {
    return this.#running.disconnectClient(clientId, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  get #running(): Broker {
    if (this.#broker === null) throw new Error("the broker is not started: await broker.start() first");
    return this.#broker;
  }
}
