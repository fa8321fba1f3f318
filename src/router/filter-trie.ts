import { hashOf, type Linked, LinkedTable } from "../base/mod.ts";
import { hasWildcard, type TopicFilter, type TopicName } from "../protocol/mod.ts";

/** What a {@link FilterTrie} keeps for a filter. */
export interface TrieNode<Node> extends Linked<Node> {
  readonly filter: TopicFilter;
}

/** One level of some filters with a wildcard. */
interface Level<Node> extends Linked<Level<Node>> {
  readonly name: string;
  children: LinkedTable<Level<Node>> | null;
  /** Who wants the filter that ends here. */
  node: Node | null;
}

function makeLevel<Node>(name: string, hash: number): Level<Node> {
  return { name, hash, next: null, children: null, node: null };
}

function nameOf(level: { readonly name: string }): string {
  return level.name;
}

function filterOf(node: { readonly filter: string }): string {
  return node.filter;
}

const hashOfPlus = hashOf("+");
const hashOfNumberSign = hashOf("#");

/**
 * All filters, arranged so that a topic finds those that match it.
 *
 * Filters without wildcard are a flat table: one look-up, and no chain of levels for each of a million of them.
 * Filters with one form a trie of levels, where `+` and `#` are children like any other:
 *
 *     a/+/c   a/#       root - a -+- "+" - c
 *                                 +- "#"
 */
export class FilterTrie<Node extends TrieNode<Node>> {
  readonly #exact = new LinkedTable<Node>(filterOf);
  readonly #root = makeLevel<Node>("", 0);
  readonly #make: (filter: TopicFilter, hash: number) => Node;

  readonly #isUnwanted: (node: Node) => boolean;
  /** Where the walk of `match` has still to go, and how many parts of the topic lie above; empty outside of it. */
  readonly #later: Level<Node>[] = [];
  readonly #laterDepths: number[] = [];

  /**
   * @param make makes the node of a filter, `hash` of which is `hashOf` it
   * @param isUnwanted true if nobody wants the node's filter any more
   */
  constructor(make: (filter: TopicFilter, hash: number) => Node, isUnwanted: (node: Node) => boolean) {
    this.#make = make;
    this.#isUnwanted = isUnwanted;
  }

  /** The filter's node; made if there is none yet. */
  obtain(filter: TopicFilter): Node {
    const hash = hashOf(filter);
    if (!hasWildcard(filter)) {
      let node = this.#exact.get(filter, hash);
      if (node === null) {
        node = this.#make(filter, hash);
        this.#exact.add(node);
      }
      return node;
    }
    let level = this.#root;
    for (const part of filter.split("/")) {
      level.children ??= new LinkedTable<Level<Node>>(nameOf);
      const partHash = hashOf(part);
      let child = level.children.get(part, partHash);
      if (child === null) {
        child = makeLevel(part, partHash);
        level.children.add(child);
      }
      level = child;
    }
    level.node ??= this.#make(filter, hash);
    return level.node;
  }

  /** Forgets the filter if nobody wants it any more. */
  release(node: Node): void {
    if (!this.#isUnwanted(node)) return;
    const filter = node.filter;
    if (!hasWildcard(filter)) {
      this.#exact.delete(node);
      return;
    }
    const path: Level<Node>[] = [this.#root];
    for (const part of filter.split("/")) {
      const child = path.at(-1)?.children?.get(part, hashOf(part)) ?? null;
      if (child === null) return;
      path.push(child);
    }
    (path.at(-1) as Level<Node>).node = null;
    for (let depth = path.length - 1; depth > 0; depth--) {
      const level = path[depth] as Level<Node>;
      if (level.node !== null || level.children !== null) break;
      const parent = path[depth - 1] as Level<Node>;
      parent.children?.delete(level);
      if (parent.children?.size === 0) parent.children = null;
    }
  }

  /** Adds to `into` the node of every filter that matches the topic. */
  match(topic: TopicName, into: Node[]): void {
    const exact = this.#exact.get(topic, hashOf(topic));
    if (exact !== null) into.push(exact);
    if (this.#root.children === null) return;
    const parts = topic.split("/");
    // [MQTT-4.7.2-1] A leading wildcard does not match what begins with '$'.
    if (topic.startsWith("$")) {
      const first = parts[0] as string;
      const child = this.#root.children.get(first, hashOf(first));
      if (child !== null) this.#matchBelow(child, parts, 1, into);
    } else {
      this.#matchBelow(this.#root, parts, 0, into);
    }
  }

  /**
   * `start` stands for the topic's first `depth` parts. No recursion: a topic may have 65,535 levels, and the stack
   * would not hold them. The way along the named levels goes straight on; a `+` beside it is left for later.
   */
  #matchBelow(start: Level<Node>, parts: readonly string[], depth: number, into: Node[]): void {
    let next: Level<Node> | undefined = start;
    for (; next !== undefined; next = this.#later.pop(), depth = this.#laterDepths.pop() ?? 0) {
      for (let level: Level<Node> | null = next; level !== null; depth++) {
        const children: Level<Node>["children"] = level.children;
        if (depth === parts.length && level.node !== null) into.push(level.node);
        if (children === null) break;
        // Section 4.7.1.2: '#' matches the level above it too.
        const rest = children.get("#", hashOfNumberSign);
        if (rest !== null && rest.node !== null) into.push(rest.node);
        if (depth === parts.length) break;
        const any = children.get("+", hashOfPlus);
        if (any !== null) {
          this.#later.push(any);
          this.#laterDepths.push(depth + 1);
        }
        const part = parts[depth] as string;
        level = children.get(part, hashOf(part));
      }
    }
  }
}
