import type { Clock, Logger, Timer } from "../base/mod.ts";
import type { HandshakeCounters, HandshakeFailure } from "./handshake-counters.ts";

/** What a {@link Doorstep} needs. */
export interface DoorstepOptions {
  /** Name of the listener, for the log. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: HandshakeCounters;
  /** What a connection has for everything before MQTT, in milliseconds. */
  readonly timeoutMilliseconds: number;
  /** Connections at the same time that are not through with it. */
  readonly pendingMax: number;
}

/** Somebody who is not in yet. */
export interface Visit {
  /** The way is over: in, or gone by itself. A second call does nothing. */
  over(): void;
  /** Closes the connection and counts why. Nothing happens where the way is over. */
  refuse(reason: HandshakeFailure, detail: string): void;
}

/**
 * Where connections stand while they show a PROXY header, shake hands for TLS or upgrade to a WebSocket: their number
 * and their time are limited, so that those who never finish cost little and end.
 */
export class Doorstep {
  readonly #options: DoorstepOptions;
  readonly #visits = new Set<Visit & { readonly close: () => void }>();

  constructor(options: DoorstepOptions) {
    this.#options = options;
  }

  /**
   * Takes a connection in, or answers null where there are too many: it is closed then.
   * @param address for the log
   * @param close closes the connection at once
   */
  enter(address: () => string, close: () => void): Visit | null {
    const { clock, counters, timeoutMilliseconds, pendingMax } = this.#options;
    if (this.#visits.size >= pendingMax) {
      this.#refused("too_many", `${pendingMax} others are not in yet`, address);
      close();
      return null;
    }
    let timer: Timer | null = null;
    const over = (): void => {
      if (!this.#visits.delete(visit)) return;
      timer?.cancel();
      counters.pending = this.#visits.size;
    };
    const refuse = (reason: HandshakeFailure, detail: string): void => {
      if (!this.#visits.has(visit)) return;
      over();
      this.#refused(reason, detail, address);
      close();
    };
    const visit = { over, refuse, close };
    timer = clock.after(timeoutMilliseconds, () => refuse("timeout", `not done in ${timeoutMilliseconds} ms`));
    this.#visits.add(visit);
    counters.pending = this.#visits.size;
    return visit;
  }

  /** Closes all who are not in yet. */
  clear(): void {
    for (const visit of this.#visits) {
      visit.over();
      visit.close();
    }
  }

  #refused(reason: HandshakeFailure, detail: string, address: () => string): void {
    const { counters, logger, name } = this.#options;
    counters.failed[reason]++;
    if (logger.debugEnabled === false) return;
    logger.debug("connection refused before MQTT", { listener: name, address: address(), reason, detail });
  }
}
