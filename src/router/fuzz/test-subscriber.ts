import { parseFilter, type SubscriptionOptions } from "../../protocol/mod.ts";
import type { Route, Router, Subscriber, Subscription } from "../mod.ts";

/** A subscriber for the tests of this floor. */
export class TestSubscriber implements Subscriber {
  readonly clientId: string;
  online = true;
  load = 0;
  readonly mayReceive = (): boolean => true;
  routeMark = 0;
  routeIndex = 0;

  constructor(clientId: string) {
    this.clientId = clientId;
  }
}

const defaults: SubscriptionOptions = { qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 };

/** Subscribes to a filter as SUBSCRIBE names it. */
export function subscribe(
  router: Router,
  subscriber: Subscriber,
  text: string,
  options: Partial<SubscriptionOptions> & { readonly identifier?: number } = {},
): Subscription {
  const target = parseFilter(text);
  if (target === null) throw new Error(`${text} is no filter`);
  return router.subscribe(subscriber, target, { ...defaults, ...options }, options.identifier ?? 0);
}

/** Who gets what is published to the topic now. */
export function routeOf(router: Router, topic: string): Route {
  const bytes = Buffer.from(topic);
  return router.route(router.topics.find(bytes, 0, bytes.length));
}

/** Client ids of those who get what is published to the topic, once per copy. */
export function receivers(router: Router, topic: string): string[] {
  return routeOf(router, topic)
    .direct.map((entry) => entry.subscriber.clientId)
    .toSorted();
}
