import type { Clock, Logger } from "../base/mod.ts";
import type { Properties, Qos, ReasonCode } from "../protocol/mod.ts";
import type { Client } from "./hook-client.ts";
import type { ReadonlyMessage } from "./hook-events.ts";

/** A message that the server publishes itself. */
export interface OutgoingMessage {
  readonly topic: string;
  /** Default: empty. */
  readonly payload?: Uint8Array | string;
  /** Default 0. */
  readonly qos?: Qos;
  /** Default false. */
  readonly retain?: boolean;
  readonly properties?: Readonly<Properties>;
  /** Client identifier to publish for, so that its No Local subscriptions do not get it. Default: the server. */
  readonly publisherId?: string;
}

/** What became of an {@link OutgoingMessage}. */
export interface PublishReport {
  /** `refused`: a limit did not allow it, or the broker has stopped. */
  readonly outcome: "matched" | "unmatched" | "refused";
}

/** How an in-process or a forced subscription is served (MQTT 5.0 section 3.8.3.1). */
export interface SubscribeOptions {
  /** Default 0. */
  readonly qos?: Qos;
  readonly noLocal?: boolean;
  readonly retainAsPublished?: boolean;
  /** 0: send retained messages (default), 1: only if the subscription is new, 2: never. */
  readonly retainHandling?: 0 | 1 | 2;
}

/** A subscription of the program that runs the broker, or of a hook. */
export interface LocalSubscription extends Disposable {
  readonly filter: string;
  /** Ends it; what is on its way already is not delivered any more. */
  unsubscribe(): void;
}

/** How a client is disconnected. */
export interface DisconnectOptions {
  /** Default 0x98 Administrative action. */
  readonly reasonCode?: ReasonCode;
  /** Reason String. */
  readonly reason?: string;
}

/**
 * What hooks and the embedding program may do to a running broker, whether it has one shard or several: all of it is
 * meant, wherever a client is connected. An action takes effect at once, or, where a message is being handed out, right
 * behind that; actions keep their order. Arguments that cannot be (a topic with a wildcard) throw a TypeError;
 * everything else is told by the answer, and no promise here is ever rejected.
 */
export interface HookBroker {
  readonly nodeId: string;
  readonly logger: Logger;
  /** Where hooks take the time from, so that tests can move it. */
  readonly clock: Clock;
  /** Publishes. Runs no publish hooks. Resolves when the message is as safe as the durability level says. */
  publish(message: OutgoingMessage): Promise<PublishReport>;
  /**
   * Subscribes this program: `receive` is called for each message, after those before it, never within a publish.
   * Resolves when all shards know of it: what is published from then on, wherever that is, is received.
   */
  subscribe(
    filter: string,
    receive: (message: ReadonlyMessage) => void,
    options?: SubscribeOptions,
  ): Promise<LocalSubscription>;
  /** Connected clients, for `for await`. One that comes, goes or moves meanwhile is told of or not. */
  clients(): AsyncIterableIterator<Client>;
  /** The connected client of that identifier, or null. */
  client(clientId: string): Promise<Client | null>;
  /**
   * May the client publish to the topic, by the rules of access? A promise only where they have to be asked; false for
   * a client that is not connected, true for the server (an empty identifier).
   */
  mayPublish(clientId: string, topic: string): boolean | Promise<boolean>;
  /** Subscribes a connected client as if it had asked for it itself; null if it is not connected. */
  subscribeClient(clientId: string, filter: string, options?: SubscribeOptions): Promise<ReasonCode | null>;
  /** Ends a subscription of a connected client; null if it is not connected. */
  unsubscribeClient(clientId: string, filter: string): Promise<ReasonCode | null>;
  /** Disconnects a client; its will is published. False if it is not connected. */
  disconnectClient(clientId: string, options?: DisconnectOptions): Promise<boolean>;
}
