import type { Subscriber, Subscription } from "../router/mod.ts";
import type { Publication } from "../store/mod.ts";

/** Who takes what its subscriptions bring: a client's session, or a subscriber inside the process. */
export interface Receiver extends Subscriber {
  /**
   * Delivers a message by one of its subscriptions.
   * @param retain the RETAIN flag that the receiver shall see
   */
  deliver(publication: Publication, subscription: Subscription, retain: boolean): void;
}
