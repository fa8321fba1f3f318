import type { LogFields, Logger, TimerWheel } from "../base/mod.ts";
import type { Admission } from "../admission/mod.ts";
import type { Authorizer } from "../auth/mod.ts";
import { AckFrame, PublishFrame } from "../codec/mod.ts";
import type { HookRunner } from "../hooks/mod.ts";
import type { Router } from "../router/mod.ts";
import type { DelayedMessages, Dispatcher, SessionClaims, SessionRegistry, Statistics } from "../session/mod.ts";
import type { Journal, LivePublication, RetainedStore } from "../store/mod.ts";
import type { Turn } from "../transport/mod.ts";
import type { Connection } from "./connection.ts";
import { PublishWriter } from "./publish-writer.ts";
import { Strangers } from "./strangers.ts";
import type { ConnectionSettings } from "./settings.ts";

/** What a {@link ConnectionContext} is made of. */
export interface ConnectionParts {
  readonly settings: ConnectionSettings;
  readonly turn: Turn;
  readonly wheel: TimerWheel;
  readonly router: Router;
  readonly retained: RetainedStore;
  readonly journal: Journal;
  readonly dispatcher: Dispatcher;
  readonly delayed: DelayedMessages;
  readonly sessions: SessionRegistry;
  /** Null where there is one shard: no session is elsewhere. */
  readonly claims: SessionClaims | null;
  readonly statistics: Statistics;
  readonly authorizer: Authorizer;
  readonly admission: Admission;
  readonly hooks: HookRunner;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly wallTime: () => number;
  /** The message being handled; see `LivePublication`. */
  readonly live: LivePublication;
  /** A client identifier that nobody has and nobody can guess, for clients that send none. */
  readonly newClientId: () => string;
  /** Calls `step` in later turns until it answers true. */
  readonly workLater: (step: () => boolean) => void;
  /** Calls `run` once after so many milliseconds. */
  readonly after: (milliseconds: number, run: () => void) => void;
}

/**
 * What all connections of a shard share: the parts of the broker, and the scratch frames that packets are read into.
 */
export class ConnectionContext {
  readonly parts: ConnectionParts;
  readonly settings: ConnectionSettings;
  readonly statistics: Statistics;
  readonly turn: Turn;
  readonly publishFrame: PublishFrame = new PublishFrame();
  readonly ackFrame: AckFrame = new AckFrame();
  readonly publishWriter: PublishWriter;
  /** Open connections. */
  readonly connections: Set<Connection> = new Set();
  /** Those of them that have said nothing yet. */
  readonly strangers: Strangers;
  /** Connections with acknowledgements that wait for a commit. */
  readonly waitingForCommit: Set<Connection> = new Set();
  /** Runs when a connection has closed and none is left. */
  onLastClosed: () => void = () => {};
  #unfinished: Connection[] = [];

  constructor(parts: ConnectionParts) {
    this.parts = parts;
    this.settings = parts.settings;
    this.statistics = parts.statistics;
    this.turn = parts.turn;
    this.publishWriter = new PublishWriter(parts.turn, parts.statistics);
    const { turn, after } = parts;
    this.strangers = new Strangers({ now: () => turn.now, wake: () => turn.begin(), after });
  }

  /** Logs a line that every client causes; `fields` are made only where somebody reads them. */
  debug(message: string, fields: () => LogFields): void {
    const { logger } = this.parts;
    if (logger.debugEnabled !== false) logger.debug(message, fields());
  }

  /** The connection's channel is gone. */
  forget(connection: Connection): void {
    if (!this.connections.delete(connection)) return;
    this.strangers.leave(connection);
    this.statistics.connections--;
    const { gate } = connection.entrance;
    gate.leave(gate.countsAddresses ? connection.channel.peer.address : "");
    // The other shards are told at the end of the turn, which a connection that just breaks off does not begin.
    if (this.parts.claims !== null) this.turn.begin();
    if (this.connections.size === 0) this.onLastClosed();
  }

  /** Lets the connection go on sending in the next turn. */
  continueNextTurn(connection: Connection): void {
    this.#unfinished.push(connection);
    this.turn.again();
  }

  /** At the end of a turn: whoever put work off in an earlier one goes on now. */
  runUnfinished(): void {
    if (this.#unfinished.length === 0) return;
    const connections = this.#unfinished;
    this.#unfinished = [];
    for (const connection of connections) connection.goOn();
  }

  /** The journal has committed: acknowledgements that waited for it leave. */
  releaseAcks(): void {
    for (const connection of this.waitingForCommit) {
      if (connection.releaseAcks()) this.waitingForCommit.delete(connection);
    }
  }
}
