import type { SharedGroup } from "./shared-group.ts";
import type { SpreadGroup } from "./spread-group.ts";
import type { Subscription } from "./subscription.ts";

/** Who gets what is published to a topic. */
export interface Route {
  /** One entry per copy to deliver. May be the router's own list: not to be kept or changed. */
  readonly direct: readonly Subscription[];
  /** Groups of which one member each gets a copy. */
  readonly shared: readonly SharedGroup[];
  /** What of it other shards take part in; null: nothing. */
  readonly remote: RemoteRoute | null;
}

/** The part of a route that leads to other shards. */
export interface RemoteRoute {
  /** Shards with subscribers of their own to the topic: each gets the message once. */
  readonly shards: readonly number[];
  /** Those of them with subscribers for whom the store keeps what waits. */
  readonly lasting: readonly number[];
  /** The others. */
  readonly passing: readonly number[];
  /** Groups with members on other shards, and perhaps on this one: one member of each gets a copy. */
  readonly groups: readonly SpreadGroup[];
}

const none: readonly never[] = Object.freeze([]);

/** The route of a topic that nobody wants. */
export const emptyRoute: Route = Object.freeze({ direct: none, shared: none, remote: null });
