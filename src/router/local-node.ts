import type { TrieNode } from "./filter-trie.ts";
import type { SharedGroup } from "./shared-group.ts";
import type { Subscription } from "./subscription.ts";
import type { TopicFilter } from "../protocol/mod.ts";

const none: readonly never[] = Object.freeze([]);

/** Subscribers of one filter on this shard. Most filters of a large broker have one, and that one needs no list. */
export interface LocalNode extends TrieNode<LocalNode> {
  /** Shared groups by ShareName; null while there is none. */
  shared: Map<string, SharedGroup> | null;
  /** The only subscription of one's own; null where there are none or several. */
  one: Subscription | null;
  /** Where there are several: all, in no particular order. */
  several: Subscription[] | null;
}

/** A node that nobody wants yet; a literal for the same reason as a subscription. */
export function makeLocalNode(filter: TopicFilter, hash: number): LocalNode {
  return { filter, hash, next: null, shared: null, one: null, several: null };
}

/** True if nobody wants the filter any more. */
export function isUnwanted(node: LocalNode): boolean {
  return !hasDirect(node) && node.shared === null;
}

/** True if there are subscriptions other than shared ones. */
export function hasDirect(node: LocalNode): boolean {
  return node.one !== null || node.several !== null;
}

/** Subscriptions of one's own. May be the node's own list: valid until the next change. */
export function directOf(node: LocalNode): readonly Subscription[] {
  if (node.several !== null) return node.several;
  return node.one === null ? none : [node.one];
}

/** Adds a subscription that is in no group. */
export function addDirect(node: LocalNode, subscription: Subscription): void {
  if (node.several !== null) {
    subscription.index = node.several.length;
    node.several.push(subscription);
  } else if (node.one !== null) {
    subscription.index = 1;
    node.several = [node.one, subscription];
    node.one = null;
  } else {
    subscription.index = 0;
    node.one = subscription;
  }
}

/** Removes one that {@link addDirect} has added. */
export function removeDirect(node: LocalNode, subscription: Subscription): void {
  const { index } = subscription;
  const { several } = node;
  subscription.index = -1;
  if (several === null) {
    node.one = null;
    return;
  }
  const last = several.pop() as Subscription;
  if (last !== subscription) {
    several[index] = last;
    last.index = index;
  }
  if (several.length > 1) return;
  node.one = several[0] as Subscription;
  node.several = null;
}
