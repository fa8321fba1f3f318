import { StripedMap } from "../base/mod.ts";
import { hasWildcard, type TopicFilter, type TopicName } from "../protocol/mod.ts";

/** What a {@link FilterTrie} keeps for a filter. */
export interface TrieNode {
  readonly filter: TopicFilter;
  /** True if nobody wants the filter any more. */
  readonly isEmpty: boolean;
}

interface Level<Node> {
  children: StripedMap<Level<Node>> | null;
  /** Who wants the filter that ends here. */
  node: Node | null;
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
export class FilterTrie<Node extends TrieNode> {
  readonly #exact = new StripedMap<Node>();
  readonly #root: Level<Node> = { children: null, node: null };
  readonly #make: (filter: TopicFilter) => Node;

  constructor(make: (filter: TopicFilter) => Node) {
    this.#make = make;
  }

  /** The filter's node; made if there is none yet. */
  obtain(filter: TopicFilter): Node {
    if (!hasWildcard(filter)) {
      let node = this.#exact.get(filter);
      if (node === undefined) {
        node = this.#make(filter);
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
    level.node ??= this.#make(filter);
    return level.node;
  }

  /** Forgets the filter if nobody wants it any more. */
  release(node: Node): void {
    if (!node.isEmpty) return;
    const filter = node.filter;
    if (!hasWildcard(filter)) {
      this.#exact.delete(filter);
      return;
    }
    const parts = filter.split("/");
    const path: Level<Node>[] = [this.#root];
    for (const part of parts) {
      const child = path.at(-1)?.children?.get(part);
      if (child === undefined) return;
      path.push(child);
    }
    (path.at(-1) as Level<Node>).node = null;
    for (let depth = parts.length; depth > 0; depth--) {
      const level = path[depth] as Level<Node>;
      if (level.node !== null || level.children !== null) break;
      const parent = path[depth - 1] as Level<Node>;
      parent.children?.delete(parts[depth - 1] as string);
      if (parent.children?.isEmpty) parent.children = null;
    }
  }

  /** Adds to `into` the node of every filter that matches the topic. */
  match(topic: TopicName, into: Node[]): void {
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
function matchBelow<Node>(level: Level<Node>, parts: readonly string[], depth: number, into: Node[]): void {
  const children = level.children;
  if (depth === parts.length && level.node !== null) into.push(level.node);
  if (children === null) return;
  // Section 4.7.1.2: '#' matches the level above it too.
  const rest = children.get("#");
  if (rest !== undefined && rest.node !== null) into.push(rest.node);
  if (depth === parts.length) return;
  const named = children.get(parts[depth] as string);
  if (named !== undefined) matchBelow(named, parts, depth + 1, into);
  const any = children.get("+");
  if (any !== undefined) matchBelow(any, parts, depth + 1, into);
}
