import { HookMessage, type ReadonlyMessage } from "../hooks/mod.ts";
import type { Subscription } from "../router/mod.ts";
import type { Publication } from "../store/mod.ts";
import type { Receiver } from "./receiver.ts";

/** What a {@link LocalSubscriber} works with. */
export interface LocalSubscriberParts {
  readonly receive: (message: ReadonlyMessage) => void;
  /** Reports what `receive` threw. */
  readonly onFailure: (error: unknown) => void;
  /** Calls `step` at the ends of turns until it answers true. */
  readonly atTurnEnd: (step: () => boolean) => void;
}

/** Messages handed over in one step. */
const messagesPerStep = 256;

/**
 * A subscriber inside the process. It gets its messages when the one that is being handed out has reached everybody:
 * what it does with them (publish, disconnect) never happens amid a delivery.
 */
export class LocalSubscriber implements Receiver {
  readonly clientId = "";
  readonly online = true;
  readonly load = 0;
  /** Nothing of it is stored. */
  readonly durable = null;
  routeMark = 0;
  routeIndex = 0;
  readonly #parts: LocalSubscriberParts;
  readonly #waiting: { readonly publication: Publication; readonly retain: boolean }[] = [];
  #closed = false;

  constructor(parts: LocalSubscriberParts) {
    this.#parts = parts;
  }

  mayReceive(): boolean {
    return true;
  }

  deliver(publication: Publication, _: Subscription, retain: boolean): void {
    if (this.#closed) return;
    this.#waiting.push({ publication: publication.keep(), retain });
    if (this.#waiting.length === 1) this.#parts.atTurnEnd(() => this.#handOver());
  }

  /** Gets nothing any more. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
  }

  #handOver(): boolean {
    const messages = this.#waiting.slice(0, messagesPerStep);
    for (const { publication, retain } of messages) {
      // What was received may have ended it.
      if (this.#closed) return true;
      const message = new HookMessage(publication, null);
      message.retain = retain;
      try {
        this.#parts.receive(message);
      } catch (error) {
        this.#parts.onFailure(error);
      }
    }
    this.#waiting.splice(0, messages.length);
    return this.#waiting.length === 0;
  }
}
