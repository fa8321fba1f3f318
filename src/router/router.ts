import type { SubscriptionOptions, TopicFilter, TopicName } from "../protocol/mod.ts";
import { FilterTrie } from "./filter-trie.ts";
import {
  addDirect,
  directOf,
  hasDirect,
  isUnwanted,
  type LocalNode,
  makeLocalNode,
  removeDirect,
} from "./local-node.ts";
import { emptyRoute, type Route } from "./route.ts";
import { RouteStamps } from "./route-stamps.ts";
import type { RemoteInterest } from "./remote-interest.ts";
import { SharedGroup } from "./shared-group.ts";
import {
  makeSubscription,
  mergeSubscriptions,
  setOptions,
  type Subscriber,
  type Subscription,
} from "./subscription.ts";
import { type Topic, TopicTable } from "./topic-table.ts";

/** Limits and choices of a {@link Router}. */
export interface RouterOptions {
  /** Topics whose routes are kept at hand. */
  readonly topicCacheEntries: number;
  /** Levels that a topic name may have. */
  readonly topicLevelsMax: number;
  /**
   * One copy per matching subscription instead of one per session (the original's `multiple_subscription_id_in_publish:
   * false`).
   */
  readonly separateCopies: boolean;
}

/** Knows who subscribes to what, and answers who gets what is published to a topic. */
export class Router {
  /** Topics by name, with their cached routes. */
  readonly topics: TopicTable;
  /** What other shards want; null where there are none. To be set before the first subscription. */
  remote: RemoteInterest | null = null;
  readonly #trie = new FilterTrie<LocalNode>(makeLocalNode, isUnwanted);
  readonly #stamps = new RouteStamps();
  readonly #separateCopies: boolean;
  readonly #matched: LocalNode[] = [];
  #mark = 0;
  #subscriptionCount = 0;
  #sharedCount = 0;

  constructor(options: RouterOptions) {
    this.#separateCopies = options.separateCopies;
    this.topics = new TopicTable(options.topicCacheEntries, options.topicLevelsMax, this.#stamps);
  }

  /** Subscriptions of all sessions, shared ones included. */
  get subscriptionCount(): number {
    return this.#subscriptionCount;
  }

  /** Members of all shared groups. */
  get sharedSubscriptionCount(): number {
    return this.#sharedCount;
  }

  /** Adds a subscription that its subscriber does not have yet; `identifier` 0 is none. */
  subscribe(
    subscriber: Subscriber,
    target: { readonly filter: TopicFilter; readonly shareName: string | null },
    options: SubscriptionOptions,
    identifier: number,
  ): Subscription {
    const node = this.#trie.obtain(target.filter);
    const group = target.shareName === null ? null : this.#obtainGroup(node, target.shareName);
    const subscription = makeSubscription(subscriber, node, group);
    setOptions(subscription, options, identifier);
    if (group === null) {
      if (this.remote !== null && !hasDirect(node)) this.remote.own.announce(node.filter);
      addDirect(node, subscription);
      if (this.remote !== null && subscriber.lasting === true) this.remote.own.announceLasting(node.filter);
    } else {
      group.add(subscription);
      this.#sharedCount++;
    }
    this.#subscriptionCount++;
    this.#stamps.bump(node.filter);
    return subscription;
  }

  /** Gives a subscription new options [MQTT-3.8.4-3]. */
  update(subscription: Subscription, options: SubscriptionOptions, identifier: number): void {
    setOptions(subscription, options, identifier);
    this.#stamps.bump(subscription.node.filter);
  }

  /** Removes a subscription. */
  unsubscribe(subscription: Subscription): void {
    const { group } = subscription;
    const node = subscription.node as LocalNode;
    if (group === null) {
      removeDirect(node, subscription);
      if (this.remote !== null && !hasDirect(node)) this.remote.own.withdraw(node.filter);
    } else {
      group.remove(subscription);
      this.#sharedCount--;
      if (group.size === 0) {
        if (group.spread !== null && this.remote !== null) this.remote.leaveGroup(group.spread);
        node.shared?.delete(group.shareName);
        if (node.shared?.size === 0) node.shared = null;
      }
    }
    this.#subscriptionCount--;
    this.#trie.release(node);
    this.#stamps.bump(node.filter);
  }

  /** The group of this shard; null if it has no member here. */
  sharedGroup(filter: TopicFilter, shareName: string): SharedGroup | null {
    const node = this.#trie.obtain(filter);
    const group = node.shared?.get(shareName) ?? null;
    this.#trie.release(node);
    return group;
  }

  /** Who gets what is published to the topic. The answer is valid until subscriptions change. */
  route(topic: Topic): Route {
    const { age } = this.#stamps;
    if (topic.checkedAt === age && topic.route !== null) return topic.route;
    topic.checkedAt = age;
    const stamp = this.#stamps.stamp(topic);
    if (topic.stamp === stamp && topic.route !== null) return topic.route;
    const route = this.#compute(topic.name);
    topic.route = route;
    topic.stamp = stamp;
    return route;
  }

  /** The route is out of date that depends on a filter which another shard wants, or wants no more. */
  bump(filter: TopicFilter): void {
    this.#stamps.bump(filter);
  }

  #obtainGroup(node: LocalNode, shareName: string): SharedGroup {
    node.shared ??= new Map();
    let group = node.shared.get(shareName);
    if (group === undefined) {
      group = new SharedGroup(shareName, node.filter);
      if (this.remote !== null) this.remote.joinGroup(group);
      node.shared.set(shareName, group);
    }
    return group;
  }

  #compute(name: TopicName): Route {
    const matched = this.#matched;
    matched.length = 0;
    this.#trie.match(name, matched);
    const remote = this.remote === null ? null : this.remote.match(name);
    if (matched.length === 0 && remote === null) return emptyRoute;
    const shared: SharedGroup[] = [];
    let direct: readonly Subscription[] = emptyRoute.direct;
    let lists = 0;
    for (const node of matched) {
      if (node.shared !== null) addGroups(node.shared, shared);
      if (hasDirect(node)) {
        lists++;
        direct = directOf(node);
      }
    }
    // A session has a filter once, so one list alone needs no merging and serves as it is.
    if (lists > 1) direct = this.#separateCopies ? matched.flatMap(directOf) : this.#merge(matched);
    return { direct, shared, remote };
  }

  /** One entry per session, whatever number of its filters match (MQTT 5.0 section 3.3.4). */
  #merge(matched: readonly LocalNode[]): Subscription[] {
    const mark = ++this.#mark;
    const entries: Subscription[] = [];
    const overlaps = new Map<number, Subscription[]>();
    for (const node of matched) {
      for (const subscription of directOf(node)) {
        const subscriber = subscription.subscriber;
        if (subscriber.routeMark !== mark) {
          subscriber.routeMark = mark;
          subscriber.routeIndex = entries.length;
          entries.push(subscription);
          continue;
        }
        const parts = overlaps.get(subscriber.routeIndex);
        if (parts !== undefined) parts.push(subscription);
        else overlaps.set(subscriber.routeIndex, [entries[subscriber.routeIndex] as Subscription, subscription]);
      }
    }
    for (const [index, parts] of overlaps) entries[index] = mergeSubscriptions(parts);
    return entries;
  }
}

/** Groups with members on other shards too are part of the route's `remote`. */
function addGroups(groups: ReadonlyMap<string, SharedGroup>, into: SharedGroup[]): void {
  for (const group of groups.values()) if (group.spread === null || group.spread.places.length === 0) into.push(group);
}
