import { StripedMap } from "../base/mod.ts";
import { hasWildcard, type TopicFilter, type TopicName } from "../protocol/mod.ts";
import type { SharedGroup } from "./shared-group.ts";
import type { FilterNode, Subscription } from "./subscription.ts";

interface Level {
  children: StripedMap<Level> | null;
  /** Subscribers of the filter that ends here. */
  node: FilterNode | null;
}

/** Subscribers of one filter, as the trie keeps them. */
class TrieNode implements FilterNode {
  readonly filter: TopicFilter;
  direct: Subscription[] = [];
  shared: Map<string, SharedGroup> | null = null;

  constructor(filter: TopicFilter) {
    this.filter = filter;
  }
}

/**
 * All filters, arranged so that a topic finds those that match it.
 *
 * Filters without wildcard are a flat table: one look-up, and no chain of levels for each of a million of them.
 * Filters with one form a trie of levels, where `+` and `#` are children like any other:
 *
 *     a/+/c   a/#       root - a -+- "+" - c
 *                                 +- "#"
 */
export class FilterTrie {
  readonly #exact = new StripedMap<FilterNode>();
  readonly #root: Level = { children: null, node: null };

  /** The filter's subscribers; made if there are none yet. */
  obtain(filter: TopicFilter): FilterNode {
    if (!hasWildcard(filter)) {
      let node = this.#exact.get(filter);
      if (node === undefined) {
        node = new TrieNode(filter);
        this.#exact.set(filter, node);
      }
      return node;
    }
    let level = this.#root;
    for (const part of filter.split("/")) {
      level.children ??= new StripedMap();
      let child = level.children.get(part);
      if (child === undefined) {
        child = { children: null, node: null };
        level.children.set(part, child);
      }
      level = child;
    }
    level.node ??= new TrieNode(filter);
    return level.node;
  }

  /** Forgets the filter if it has no subscribers any more. */
  release(node: FilterNode): void {
    if (node.direct.length > 0 || node.shared !== null) return;
    const filter = node.filter;
    if (!hasWildcard(filter)) {
      this.#exact.delete(filter);
      return;
    }
    const parts = filter.split("/");
    const path: Level[] = [this.#root];
    for (const part of parts) {
      const child = path.at(-1)?.children?.get(part);
      if (child === undefined) return;
      path.push(child);
    }
    (path.at(-1) as Level).node = null;
    for (let depth = parts.length; depth > 0; depth--) {
      const level = path[depth] as Level;
      if (level.node !== null || level.children !== null) break;
      const parent = path[depth - 1] as Level;
      parent.children?.delete(parts[depth - 1] as string);
      if (parent.children?.isEmpty) parent.children = null;
    }
  }

  /** Adds to `into` the subscribers of every filter that matches the topic. */
  match(topic: TopicName, into: FilterNode[]): void {
    const exact = this.#exact.get(topic);
    if (exact !== undefined) into.push(exact);
    if (this.#root.children === null) return;
    const parts = topic.split("/");
    // [MQTT-4.7.2-1] A leading wildcard does not match what begins with '$'.
    if (topic.startsWith("$")) {
      const child = this.#root.children.get(parts[0] as string);
      if (child !== undefined) matchBelow(child, parts, 1, into);
    } else {
      matchBelow(this.#root, parts, 0, into);
    }
  }
}

/** `level` stands for the topic's first `depth` parts. Recursion is as deep as a topic may have levels. */
function matchBelow(level: Level, parts: readonly string[], depth: number, into: FilterNode[]): void {
  const children = level.children;
  if (depth === parts.length && level.node !== null) into.push(level.node);
  if (children === null) return;
  // Section 4.7.1.2: '#' matches the level above it too.
  const rest = children.get("#");
  if (rest?.node) into.push(rest.node);
  if (depth === parts.length) return;
  const named = children.get(parts[depth] as string);
  if (named !== undefined) matchBelow(named, parts, depth + 1, into);
  const any = children.get("+");
  if (any !== undefined) matchBelow(any, parts, depth + 1, into);
}
