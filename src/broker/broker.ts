import { RuleAuthorizer } from "../access/mod.ts";
import { Gate } from "../admission/mod.ts";
import { type Clock, type Logger, type Random, silentLogger, systemClock, unpredictableRandom } from "../base/mod.ts";
import { clientListeners, type Config, type HookReference } from "../config/mod.ts";
import { AuthenticationCounters } from "../auth/mod.ts";
import type { Carrier } from "../cluster/mod.ts";
import { type EventOf, type HookBroker, HookRunner, type Hooks, type ObservingPoint } from "../hooks/mod.ts";
import type { Entrance } from "../connection/mod.ts";
import {
  type Accept,
  chooseTransport,
  makeRoomForDescriptors,
  type Transport,
  type TransportChoice,
} from "../transport/mod.ts";
import { Authenticators } from "./authenticators.ts";
import { actionsOf, BrokerActions } from "./broker-actions.ts";
import { disabledPoints, hookLimitsOf, HookSet } from "./hook-set.ts";
import type { BrokerReading } from "./broker-reading.ts";
import { connectionsByDescriptors } from "./descriptor-limit.ts";
import { type OpenDoor, openDoor } from "./open-doors.ts";
import { clientTermsOf, gateTermsOf } from "./entrance-terms.ts";
import { type BrokerState, Lifetime } from "./lifetime.ts";
import { openJournal } from "./open-journal.ts";
import { countQueued, noneQueued } from "./queued-totals.ts";
import { gaugesOf, readShard } from "./read-shard.ts";
import { restoreShard } from "./restore-shard.ts";
import { settingsOf } from "./settings.ts";
import { openSystemTopics } from "./system-topics.ts";
import type { SystemReading } from "./system-values.ts";
import { Shard } from "./shard.ts";

/** What a broker takes from its surroundings; each has a default. */
export interface BrokerServices {
  /** Default: silence. */
  readonly logger?: Logger;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Default: unpredictable. */
  readonly random?: Random;
  /** Hooks of the program itself; they run behind those that the configuration names. */
  readonly hooks?: Hooks | readonly Hooks[];
}

/** What one shard of a broker takes besides. */
export interface OneShardServices extends BrokerServices {
  /** The way to the other shards of this broker, for one that is a shard among others. Default: there are none. */
  readonly carrier?: Carrier;
  /** With it a TLS session that one shard has begun goes on at another one. Default: none, this is the only one. */
  readonly ticketSecret?: string;
  /** Opens what makes a shard's promises safe. Default: what the configuration asks for, for this shard alone. */
  readonly openJournal?: typeof openJournal;
  /**
   * Asked when everything that was there before is restored: with which configuration listeners are opened; null: none
   * are. Default: at once, with the same.
   */
  readonly beforeDoors?: () => Promise<Config | null>;
}

/** A door of a running broker. */
export interface BrokerListener {
  /** The listener's key in the configuration. */
  readonly name: string;
  readonly address: string;
  /** 0 for a Unix socket. */
  readonly port: number;
}

/** A running broker. */
export interface Broker extends AsyncDisposable, Omit<HookBroker, "logger" | "clock"> {
  readonly state: BrokerState;
  readonly listeners: readonly BrokerListener[];
  /** What carries the bytes of plain listeners, and why. */
  readonly transport: Pick<TransportChoice, "name" | "wanted" | "reason">;
  /** All its counters and gauges as they are now. The broker goes on meanwhile. */
  read(): Promise<BrokerReading>;
  /** Tells `listener` what the hooks of that name would be told; answers what ends it. */
  on<Name extends ObservingPoint>(point: Name, listener: (event: EventOf<Name>) => void): Disposable;
  /**
   * Loads the modules of hooks anew: those in use, or others. The new ones are loaded and started before the old ones
   * are let go, and no packet is lost. Hooks that the program gave stay.
   * @throws WorldError `hook_invalid`: the hooks from before stay
   */
  reloadHooks(modules?: readonly HookReference[]): Promise<void>;
  /**
   * Looks at the files that the configuration names, now instead of in their second, and reads those that changed: the
   * access file; certificates, keys, authorities and revocation lists of TLS. What cannot be used is reported to the
   * log, and what was read before stays.
   */
  reload(): Promise<void>;
  /**
   * Stops: takes no more connections, says good-bye to clients, finishes what is pending, within the configured
   * `shutdown_timeout_seconds`. A second call waits for the first.
   */
  stop(): Promise<void>;
}

/** One shard, as whoever runs it sees it. */
export interface OneShard extends Broker {
  /** What {@link Broker.read} tells, but for what waits in sessions, which takes a look at each: that is zero. */
  readCounters(): Promise<BrokerReading>;
}

/**
 * Starts a broker on this event loop: alone, or as one of the shards that `services.carrier` leads to.
 * @throws WorldError as `startBroker`
 */
export async function startShard(config: Config, services: OneShardServices = {}): Promise<OneShard> {
  const logger = services.logger ?? silentLogger;
  const clock = services.clock ?? systemClock;
  const random = services.random ?? unpredictableRandom();
  const counters = new AuthenticationCounters();
  const authenticators = await Authenticators.open(config, { clock, logger, counters });
  const authorizer = await openAuthorizer(config, { clock, logger }).catch((error: unknown) => {
    authenticators.close();
    throw error;
  });
  const journal = await (services.openJournal ?? openJournal)(config, { clock, logger }).catch((error: unknown) => {
    authenticators.close();
    authorizer.close();
    throw error;
  });
  const descriptors = connectionsByDescriptors();
  makeRoomForDescriptors(descriptors);
  const choice = transportOf(config, descriptors, logger);
  const { transport } = choice;
  const hooks = new HookRunner({ clock, logger, limits: hookLimitsOf(config), disabled: disabledPoints(config) });
  const own = { clock, random, logger, ...(services.carrier === undefined ? {} : { carrier: services.carrier }) };
  const shard = new Shard(settingsOf(config, descriptors), { ...own, hooks, authorizer, journal, transport });
  const actions = openActions(config, shard, { clock, logger });
  const hookSet = new HookSet(hooks, services.hooks, logger);
  const doors: OpenDoor[] = [];
  const stopAll = async (timeoutMilliseconds: number): Promise<void> => {
    await Promise.all(doors.map(({ listener }) => listener.close()));
    await shard.stop(timeoutMilliseconds);
    actions.stop();
    await hookSet.stop();
    transport.close();
    authenticators.close();
    authorizer.close();
  };
  try {
    await restoreShard(shard, journal, logger);
    await hookSet.start(config.hooks);
    const { ticketSecret = null } = services;
    const opened = services.beforeDoors === undefined ? config : await services.beforeDoors();
    shard.delayed.start();
    const house = { shard, authenticators, transport, ticketSecret, clock, logger };
    if (opened !== null) await openDoors({ ...house, config: opened }, doors);
  } catch (error) {
    await stopAll(0);
    throw error;
  }
  const lifetime = new Lifetime(() => stopAll(config.shutdown_timeout_seconds * 1000));
  const sources = { shard, journal, hooks, counters, doors, clock };
  const read = (): SystemReading => ({ statistics: shard.statistics, ...gaugesOf(sources) });
  // One of several shards knows its own numbers only: who starts them tells the sums.
  const systemTopics = services.carrier === undefined ? openSystemTopics(config, { actions, clock, read }) : null;
  lifetime.onStop = () => systemTopics?.stop();
  return {
    get state() {
      return lifetime.state;
    },
    listeners: doors.map(({ name, listener }) => ({ name, address: listener.address, port: listener.port })),
    transport: { name: choice.name, wanted: choice.wanted, reason: choice.reason },
    read: async () => readShard(sources, await countQueued(shard.sessions.values())),
    readCounters: () => Promise.resolve(readShard(sources, noneQueued)),
    async reload() {
      for (const door of doors) door.reload();
      await authorizer.reload();
    },
    ...actionsOf(actions),
    ...hooksOf(hooks, hookSet),
    stop: () => lifetime.end(),
    [Symbol.asyncDispose]: () => lifetime.end(),
  };
}

function hooksOf(hooks: HookRunner, hookSet: HookSet): Pick<Broker, "on" | "reloadHooks"> {
  return {
    on: (point, listener) => ({ [Symbol.dispose]: hooks.listen(point, listener) }),
    reloadHooks: (modules) => hookSet.reload(modules),
  };
}

function transportOf(config: Config, connectionsMax: number, logger: Logger): TransportChoice {
  const { transport: wanted, gather_microseconds: gatherMicroseconds } = config;
  return chooseTransport({ wanted, connectionsMax, gatherMicroseconds, logger });
}

function openAuthorizer(config: Config, services: { clock: Clock; logger: Logger }): Promise<RuleAuthorizer> {
  const { file, format, default: fallback } = config.acl;
  return RuleAuthorizer.open({ file, format, fallback }, services);
}

interface House {
  readonly config: Config;
  readonly shard: Shard;
  readonly authenticators: Authenticators;
  readonly transport: Transport;
  readonly ticketSecret: string | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

async function openDoors(
  { config, shard, authenticators, transport, ticketSecret, clock, logger }: House,
  doors: OpenDoor[],
): Promise<void> {
  for (const client of clientListeners(config.listeners)) {
    const { limits } = client.settings;
    const entrance: Entrance = {
      name: client.name,
      authenticator: authenticators.chain(client),
      terms: clientTermsOf(config, limits),
      gate: new Gate(gateTermsOf(config, limits), shard.statistics, shard.turn.now),
    };
    shard.sharedLimits?.add(client.name, entrance.gate);
    const accept: Accept = (channel) => shard.accept(channel, entrance);
    const packetBytesMax = config.max_packet_size_server;
    const { turn } = shard;
    const surroundings = { turn, transport, accept, packetBytesMax, ticketSecret, clock, logger };
    doors.push(await openDoor(client, surroundings));
  }
}

/** What the program and its hooks may do to the shard. */
function openActions(config: Config, shard: Shard, services: { clock: Clock; logger: Logger }): BrokerActions {
  const waitingMax = config.hook.max_waiting_actions;
  const actions = new BrokerActions(shard, { nodeId: config.node_id, waitingMax, ...services });
  shard.hooks.broker = actions;
  shard.onCommitted = () => actions.onCommitted();
  return actions;
}
