import type { Linked } from "../base/mod.ts";
import type { Qos, SubscriptionOptions, TopicFilter, TopicName } from "../protocol/mod.ts";
import type { SharedGroup } from "./shared-group.ts";

/** Who holds subscriptions: a session. The router reads these fields and writes the two marks. */
export interface Subscriber {
  readonly clientId: string;
  /** True while a connection serves it. */
  readonly online: boolean;
  /** QoS 1 and 2 messages sent and not yet acknowledged, and those that wait. */
  readonly load: number;
  /** True where the store keeps what waits for it; absent: it does not. */
  readonly lasting?: boolean;
  /** May it get messages of this topic? */
  mayReceive(topic: TopicName): boolean;
  /** Scratch of the router while it merges overlapping subscriptions. */
  routeMark: number;
  routeIndex: number;
}

/** By what a message goes to a subscriber: a subscription, or what a stored message remembers of one. */
export interface DeliveryTerms {
  /** Subscription Identifiers; null: none. */
  readonly identifiers: readonly number[] | null;
  /** The shared group that chose the subscriber, or null. */
  readonly group: SharedGroup | null;
}

/** The filter of a subscription: one object for all that subscribe to it. */
export interface FilterNode {
  readonly filter: TopicFilter;
  /** `hashOf` the filter. */
  readonly hash: number;
}

/**
 * One subscription; also what a route consists of, where `merged` tells the subscriptions of one session that it
 * stands for (MQTT 5.0 section 3.3.4: overlapping subscriptions, one copy).
 */
export interface Subscription extends DeliveryTerms, Linked<Subscription> {
  readonly subscriber: Subscriber;
  readonly node: FilterNode;
  /** The shared group it belongs to, or null. */
  readonly group: SharedGroup | null;
  qos: Qos;
  noLocal: boolean;
  retainAsPublished: boolean;
  /** Its Subscription Identifier alone, or all of a merged one; null: none. */
  identifiers: readonly number[] | null;
  /** Position in its node's list, or in the group's list of those that are online or offline. */
  index: number;
  /** For a merged one: all that it stands for. */
  merged: Subscription[] | null;
}

/**
 * A subscription with the options that SUBSCRIBE has if it says nothing. A literal and no class: V8 notices that those
 * made here live long, and makes them where the garbage of short life is not looked for
 * (docs/decisions/0015-a-million-filters.md).
 */
export function makeSubscription(subscriber: Subscriber, node: FilterNode, group: SharedGroup | null): Subscription {
  return {
    subscriber,
    node,
    group,
    qos: 0,
    noLocal: false,
    retainAsPublished: false,
    identifiers: null,
    index: -1,
    merged: null,
    hash: node.hash,
    next: null,
  };
}

/** Takes over new options [MQTT-3.8.4-3]; `identifier` 0 is none. */
export function setOptions(subscription: Subscription, options: SubscriptionOptions, identifier: number): void {
  subscription.qos = options.qos;
  subscription.noLocal = options.noLocal;
  subscription.retainAsPublished = options.retainAsPublished;
  subscription.identifiers = identifier === 0 ? null : [identifier];
}

/** One subscription in place of several of one session that match the same topic. */
export function mergeSubscriptions(parts: Subscription[]): Subscription {
  const first = parts[0] as Subscription;
  const merged = makeSubscription(first.subscriber, first.node, null);
  merged.merged = parts;
  let identifiers: number[] | null = null;
  for (const part of parts) {
    // [MQTT-3.3.4-2]
    if (part.qos > merged.qos) merged.qos = part.qos;
    if (part.noLocal) merged.noLocal = true;
    if (part.retainAsPublished) merged.retainAsPublished = true;
    // [MQTT-3.3.4-4]
    if (part.identifiers !== null) (identifiers ??= []).push(...part.identifiers);
  }
  merged.identifiers = identifiers;
  return merged;
}

/**
 * What is left of a route entry for the publisher itself: null where No Local excludes all of it [MQTT-3.8.3-3], else
 * the entry made of the subscriptions that do not ask for it.
 */
export function withoutNoLocal(entry: Subscription): Subscription | null {
  if (entry.merged === null) return entry.noLocal ? null : entry;
  const rest = entry.merged.filter((part) => !part.noLocal);
  if (rest.length === 0) return null;
  return rest.length === 1 ? (rest[0] as Subscription) : mergeSubscriptions(rest);
}
