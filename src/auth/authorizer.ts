import type { Peer } from "../base/mod.ts";
import type { FilterTarget, TopicName } from "../protocol/mod.ts";
import type { AuthenticationResult } from "./authentication-result.ts";

/**
 * Who asks: what is known of a client that was let in. Read during the call that brings it: who keeps it keeps the
 * connection, also for a session whose client is long gone.
 */
export interface Principal {
  readonly clientId: string;
  /** What it proved: user name, groups, rules of its own. */
  readonly identity: AuthenticationResult;
  /** Where the connection comes from. Made when it is asked for. */
  readonly peer: Peer;
  /** Name of the listener that the connection came in by. */
  readonly listener: string;
}

/** The answer to whether a client may do something. */
export type Decision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** A sentence for the Reason String. It tells the client what it may not, never what others may. */
      readonly reason: string;
    };

/** The decision that allows: all that allow are this one object, so that asking allocates nothing. */
export const allowed: Decision = Object.freeze({ allowed: true });

/**
 * What one connected client may do. Asked for every message: a decision about a topic that was asked for lately comes
 * at once and allocates nothing. One that has to be fetched is a promise, and parks that client only; a promise is
 * never rejected for a reason that lies with the client.
 */
export interface Permissions {
  /** May it connect at all? Asked once, after it was authenticated. */
  mayConnect(): Decision | Promise<Decision>;
  /** May it publish to the topic? Asked for each message, and for its will: at CONNECT and when it is published. */
  mayPublish(topic: TopicName): Decision | Promise<Decision>;
  /** May it subscribe? Asked for each filter of a SUBSCRIBE by itself; of a shared subscription the filter counts. */
  maySubscribe(target: FilterTarget): Decision | Promise<Decision>;
  /** May it get messages of the topic? Asked before each delivery: retained, queued and shared ones too. */
  mayReceive(topic: TopicName): boolean;
}

/** Decides who may do what. */
export interface Authorizer {
  /** The permissions of a client that has just been authenticated; null: it may do everything, and is never asked. */
  permissionsOf(principal: Principal): Permissions | null;
  /** Ends timers and open work. */
  close(): void;
}
