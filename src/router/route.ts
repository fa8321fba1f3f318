import type { SharedGroup } from "./shared-group.ts";
import type { Subscription } from "./subscription.ts";

/** Who gets what is published to a topic. */
export interface Route {
  /** One entry per copy to deliver. May be the router's own list: not to be kept or changed. */
  readonly direct: readonly Subscription[];
  /** Groups of which one member each gets a copy. */
  readonly shared: readonly SharedGroup[];
}

const none: readonly never[] = Object.freeze([]);

/** The route of a topic that nobody wants. */
export const emptyRoute: Route = Object.freeze({ direct: none, shared: none });
