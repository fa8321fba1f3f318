import type { Clock, Logger, Random, Timer } from "../base/mod.ts";
import { BackgroundWork, TimerWheel, unguessableText } from "../base/mod.ts";
import { type Authorizer, OpenAuthorizer } from "../auth/mod.ts";
import { Admission } from "../admission/mod.ts";
import { BatchMesh, type Carrier, type Mesh, type MeshParts } from "../cluster/mod.ts";
import { closeConnection, Connection, ConnectionContext, type Entrance } from "../connection/mod.ts";
import { ReasonCode, topicName } from "../protocol/mod.ts";
import { HookRunner } from "../hooks/mod.ts";
import { Router } from "../router/mod.ts";
import {
  DelayedMessages,
  Dispatcher,
  DurabilityLevels,
  Limit,
  type RegistryParts,
  SessionRegistry,
  SessionRestorer,
  Statistics,
} from "../session/mod.ts";
import { type Journal, LivePublication, MemoryJournal, MemoryRetainedStore, type RetainedStore } from "../store/mod.ts";
import { type Channel, type ChannelOwner, nodeTransport, type Transport, Turn } from "../transport/mod.ts";
import { LoopLateness } from "./loop-lateness.ts";
import { SharedLimits } from "./shared-limits.ts";
import type { BrokerSettings } from "./settings.ts";

/** What a {@link Shard} gets from outside. */
export interface ShardServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Bytes of the process that are in memory; default: what the system says. */
  readonly memoryUsed?: () => number;
  /** Default: everything is allowed. */
  readonly authorizer?: Authorizer;
  /** What carries the bytes of most channels. Default: each channel writes for itself. */
  readonly transport?: Transport;
  /** Default: none. */
  readonly hooks?: HookRunner;
  /** Default: the journal of the level `memory`. */
  readonly journal?: Journal;
  /** The way to the other shards of the broker. Default: there are none. */
  readonly carrier?: Carrier;
}

/** Milliseconds between two looks at the timer wheel: how late keep-alive, expiry and wills may be. */
const tickMilliseconds = 100;

/** Milliseconds that peers have, when the broker stops, to close their side once everything is on its way to them. */
const goodbyeMilliseconds = 1000;

/** Milliseconds between two sweeps for expired retained messages. */
const sweepMilliseconds = 60_000;

/** Milliseconds per turn for work that is cut into steps: what it may cost the latency of everybody else. */
const backgroundMilliseconds = 2;

/** One event loop with its share of the connections, its sessions and its router. */
export class Shard {
  readonly turn: Turn;
  readonly statistics: Statistics = new Statistics();
  readonly router: Router;
  readonly retained: RetainedStore;
  readonly sessions: SessionRegistry;
  readonly context: ConnectionContext;
  readonly admission: Admission;
  readonly hooks: HookRunner;
  readonly dispatcher: Dispatcher;
  readonly journal: Journal;
  /** Steps of the program and its hooks, each run once a turn until it answers true. */
  #steps: (() => boolean)[] = [];
  readonly lateness: LoopLateness = new LoopLateness();
  /** Runs when the journal has moved on. */
  onCommitted: () => void = () => {};
  readonly #background: BackgroundWork;
  readonly #clock: Clock;
  readonly #wheel: TimerWheel;
  /** Null where this is the only shard. */
  readonly mesh: Mesh | null;
  /** Null where this is the only shard. */
  readonly sharedLimits: SharedLimits | null;
  readonly #connectionsMax: number;
  #tick: Timer;
  #nextSweep = 0;
  #nextTick: number;
  #accepting = true;

  constructor(settings: BrokerSettings, services: ShardServices) {
    const { clock, random, logger } = services;
    const transport = services.transport ?? nodeTransport;
    const turn = new Turn(
      () => clock.now(),
      (run) => transport.schedule(run),
      transport.sink,
    );
    const wheel = new TimerWheel(tickMilliseconds, clock.now(), (error) => logTimerBug(logger, error));
    const router = new Router(settings.router);
    const journal = services.journal ?? new MemoryJournal();
    const retained = new MemoryRetainedStore(settings.retained, (message) => journal.log?.cleared(message.topic.bytes));
    const levels = new DurabilityLevels(settings.durability);
    const statistics = this.statistics;
    const session = settings.session;
    const hooks = services.hooks ?? new HookRunner({ clock, logger });
    const durability = { journal, levels, hooks };
    const dispatcher = new Dispatcher({ router, retained, statistics, settings: session, random, ...durability });
    const now = (): number => turn.now;
    const background = new BackgroundWork(() => clock.now());
    const workLater = (step: () => boolean): void => {
      background.add(step);
      turn.begin();
    };
    const wallTime = (): number => clock.wallTime();
    const onUnreadable: RegistryParts["onUnreadable"] = ({ clientId }, error) => logUnreadable(logger, clientId, error);
    const common = { router, dispatcher, statistics, hooks, wheel, journal, wallTime, workLater };
    const sessions = new SessionRegistry({ ...common, settings: session, now, onUnreadable });
    const { memoryUsed = () => process.memoryUsage.rss() } = services;
    this.admission = new Admission(settings.admission, statistics, memoryUsed);
    const wake = (): void => turn.begin();
    const { shardWaitingBytesMax: waitingBytesMax } = settings;
    const ofMesh = { queuedMessagesMax: session.queuedMessagesMax, waitingBytesMax, statistics };
    const meshParts = { router, dispatcher, retained, sessions, journal, now, wallTime, workLater, wake, ...ofMesh };
    this.mesh = openMesh(services, meshParts);
    const news = this.mesh?.news ?? null;
    const { admission } = this;
    this.sharedLimits = news === null ? null : new SharedLimits({ news, statistics, sessions, admission, now, wake });
    this.context = new ConnectionContext({
      ...common,
      delayed: new DelayedMessages({ ...common, levels, now }),
      admission: this.admission,
      settings: settings.connection,
      turn,
      retained,
      sessions,
      claims: this.mesh?.claims ?? null,
      authorizer: services.authorizer ?? new OpenAuthorizer(),
      logger,
      live: new LivePublication({ name: topicName("-"), bytes: Buffer.from("-") }),
      newClientId: () => `auto-${unguessableText()}`,
      after: (milliseconds, run) => void clock.after(milliseconds, run),
    });
    this.#background = background;
    this.turn = turn;
    this.router = router;
    this.retained = retained;
    this.sessions = sessions;
    this.#clock = clock;
    this.#wheel = wheel;
    this.hooks = hooks;
    this.dispatcher = dispatcher;
    this.journal = journal;
    this.#connectionsMax = settings.connection.connectionsMax;
    turn.onEnd = () => this.#endTurn();
    turn.onEarly = () => this.mesh?.endTurn();
    journal.onCommitted = () => this.#onCommitted();
    this.#nextTick = clock.now() + tickMilliseconds;
    this.#tick = clock.after(tickMilliseconds, () => this.#onTick());
  }

  get delayed(): DelayedMessages {
    return this.context.parts.delayed;
  }

  /** Takes what a store holds; `finish` is to be called when that is all. */
  restorer(): SessionRestorer {
    const clock = this.#clock;
    return new SessionRestorer({
      registry: this.sessions,
      delayed: this.delayed,
      router: this.router,
      retained: this.retained,
      now: () => clock.now(),
      monotonicOf: (wall) => wall - clock.wallTime() + clock.now(),
    });
  }

  /** Takes a new channel that came in by `entrance`, or refuses it (null) where the limit of connections is reached. */
  accept(channel: Channel, entrance: Entrance): ChannelOwner | null {
    const { connections } = this.context;
    const full = connections.size + this.statistics.elsewhere.connections >= this.#connectionsMax;
    if (full) this.statistics.reached(Limit.connections);
    const { gate } = entrance;
    const refused =
      full ||
      !this.#accepting ||
      !this.admission.acceptsConnections() ||
      !gate.enter(gate.countsAddresses ? channel.peer.address : "");
    if (refused) {
      this.statistics.connectionsRefused++;
      this.context.debug("connection refused: a limit is reached", () => ({
        address: channel.remoteAddress,
        listener: entrance.name,
        connections: connections.size,
      }));
      return null;
    }
    const connection = new Connection(channel, this.context, entrance);
    connections.add(connection);
    this.statistics.connectionsAccepted++;
    this.statistics.connections++;
    return connection;
  }

  /**
   * Says good-bye to all clients (0x8B to 5.0 ones; their wills are published as after any other loss) and waits until
   * everything is sent and committed, `timeoutMilliseconds` at most.
   */
  async stop(timeoutMilliseconds: number): Promise<void> {
    this.#accepting = false;
    const { connections } = this.context;
    for (const connection of connections) {
      closeConnection(connection, ReasonCode.serverShuttingDown, "the server is shutting down");
    }
    this.turn.flush();
    this.#warnOfDelayed();
    await this.journal.close();
    await this.#sent(timeoutMilliseconds);
    for (const connection of connections) connection.channel.destroy();
    this.#tick.cancel();
  }

  #warnOfDelayed(): void {
    const { unstored: messages } = this.delayed;
    if (messages > 0) this.context.parts.logger.warn("delayed messages are lost with the broker", { messages });
  }

  /** Resolves when nobody is left to whom bytes are still to be sent, or when the time is over. */
  async #sent(timeoutMilliseconds: number): Promise<void> {
    const { connections } = this.context;
    const timers: Timer[] = [];
    await new Promise<void>((resolve) => {
      this.context.onLastClosed = resolve;
      if (connections.size === 0) resolve();
      // A stream that is closed over bytes that nobody read is reset, and with it goes the good-bye that the peer has
      // not read yet. So our direction is closed, what still comes is read, and the peer closes the other one.
      const cut = (): void => {
        for (const { channel } of connections) if (channel.waitingBytes === 0) channel.destroy();
      };
      timers.push(this.#clock.after(Math.min(goodbyeMilliseconds, timeoutMilliseconds), cut));
      timers.push(this.#clock.after(timeoutMilliseconds, resolve));
    });
    for (const timer of timers) timer.cancel();
  }

  #onTick(): void {
    this.turn.refreshNow();
    const now = this.#clock.now();
    const late = Math.max(0, now - this.#nextTick);
    this.lateness.note(late, now);
    this.admission.tick(now, late);
    this.#nextTick = now + tickMilliseconds;
    this.#wheel.advance(now);
    this.sessions.onTick(now);
    this.#sweepRetained();
    if (this.mesh !== null) this.mesh.onTick();
    if (this.sharedLimits !== null) this.sharedLimits.onTick();
    this.#tick = this.#clock.after(tickMilliseconds, () => this.#onTick());
  }

  /** Expired retained messages that nobody asks for must not fill the limits. */
  #sweepRetained(): void {
    const now = this.#clock.now();
    if (now < this.#nextSweep) return;
    this.#nextSweep = now + sweepMilliseconds;
    const step = this.retained.sweep(now);
    if (step === null) return;
    this.#background.add(step);
    this.turn.begin();
  }

  /** The journal has moved on: what waited for it leaves. */
  #onCommitted(): void {
    this.context.releaseAcks();
    this.sessions.committed();
    this.onCommitted();
    this.turn.begin();
  }

  /** Calls `step` at the ends of turns, from this one on and once in each, until it answers true. */
  atTurnEnd(step: () => boolean): void {
    this.#steps.push(step);
    this.turn.begin();
  }

  #endTurn(): void {
    if (this.#steps.length > 0) this.#runSteps();
    this.context.runUnfinished();
    this.context.strangers.endTurn();
    if (this.#background.size > 0) {
      this.#background.run(backgroundMilliseconds);
      if (this.#background.size > 0) this.turn.again();
    }
    if (this.sharedLimits !== null) this.sharedLimits.endTurn();
    if (this.mesh !== null) this.mesh.endTurn();
    this.journal.commit();
  }

  #runSteps(): void {
    // What these add waits for the next turn: a hook that calls itself again and again stops nobody.
    const steps = this.#steps;
    this.#steps = [];
    this.#steps.push(...steps.filter((step) => !step()));
    if (this.#steps.length > 0) this.turn.again();
  }
}

/** The mesh, where there is a way to other shards. */
function openMesh({ carrier, clock }: ShardServices, parts: Omit<MeshParts, "carrier" | "after">): Mesh | null {
  if (carrier === undefined) return null;
  return new BatchMesh({ ...parts, carrier, after: (milliseconds, run) => clock.after(milliseconds, run) });
}

function logUnreadable(logger: Logger, clientId: string, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  logger.error("messages of a session cannot be read from the store", { clientId, error: text });
}

function logTimerBug(logger: Logger, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  logger.error("a bug in Akasa has cost a timer its work", { error: text });
}
