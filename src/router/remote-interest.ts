import type { TopicFilter, TopicName } from "../protocol/mod.ts";
import { FilterTrie, type TrieNode } from "./filter-trie.ts";
import type { RemoteRoute } from "./route.ts";
import type { SharedGroup } from "./shared-group.ts";
import { type GroupMembers, type OwnShard, SpreadGroup } from "./spread-group.ts";

/** Who hears of what this shard wants. */
export interface OwnInterest extends OwnShard {
  /** The first subscription of this shard to the filter. */
  announce(filter: TopicFilter): void;
  /** One of its subscribers is lasting; said more often than once. */
  announceLasting(filter: TopicFilter): void;
  /** The last one is gone. */
  withdraw(filter: TopicFilter): void;
}

/** What other shards want of one filter. */
interface RemoteNode extends TrieNode<RemoteNode> {
  shards: readonly number[];
  /** Those of them with lasting subscribers. */
  lasting: readonly number[];
  groups: Map<string, SpreadGroup> | null;
}

const noShards: readonly never[] = Object.freeze([]);

function makeRemoteNode(filter: TopicFilter, hash: number): RemoteNode {
  return { filter, hash, next: null, shards: noShards, lasting: noShards, groups: null };
}

function isUnwanted(node: RemoteNode): boolean {
  return node.shards.length === 0 && node.groups === null;
}

/** What the other shards of a broker want, as far as they have announced it; the router asks it for each new route. */
export class RemoteInterest {
  /** Who is told what this shard wants. */
  readonly own: OwnInterest;
  readonly #bump: (filter: TopicFilter) => void;
  readonly #trie = new FilterTrie<RemoteNode>(makeRemoteNode, isUnwanted);
  readonly #matched: RemoteNode[] = [];
  /** By what this shard calls them. */
  readonly #groups = new Map<number, SpreadGroup>();
  /** What each other shard wants, so that all of it can be forgotten. */
  readonly #wants = new Map<number, Set<TopicFilter>>();
  #lastGroup = 0;

  /** @param bump tells the router that routes which depend on the filter are out of date */
  constructor(own: OwnInterest, bump: (filter: TopicFilter) => void) {
    this.own = own;
    this.#bump = bump;
  }

  /** Another shard wants what matches the filter. */
  announced(shard: number, filter: TopicFilter): void {
    const wants = this.#wantsOf(shard);
    if (wants.has(filter)) return;
    wants.add(filter);
    const node = this.#trie.obtain(filter);
    node.shards = [...node.shards, shard].toSorted((left, right) => left - right);
    this.#bump(filter);
  }

  /** Another shard, which wants what matches the filter, wants it for a lasting subscriber. */
  announcedLasting(shard: number, filter: TopicFilter): void {
    if (!this.#wantsOf(shard).has(filter)) return;
    const node = this.#trie.obtain(filter);
    if (!node.lasting.includes(shard)) node.lasting = [...node.lasting, shard];
    this.#trie.release(node);
    this.#bump(filter);
  }

  /** Another shard does not want it any more. */
  withdrawn(shard: number, filter: TopicFilter): void {
    if (!this.#wantsOf(shard).delete(filter)) return;
    const node = this.#trie.obtain(filter);
    node.shards = node.shards.filter((each) => each !== shard);
    node.lasting = node.lasting.filter((each) => each !== shard);
    this.#trie.release(node);
    this.#bump(filter);
  }

  /** Another shard says which members it has of a group; none: it has left it. */
  placed(shard: number, target: { filter: TopicFilter; shareName: string }, members: GroupMembers): void {
    const group = this.#obtain(target);
    if (group.place(shard, members)) this.#bump(target.filter);
    this.#release(group);
  }

  /** A shard is gone, and with it all that it wanted. */
  forget(shard: number): void {
    for (const filter of this.#wantsOf(shard)) this.withdrawn(shard, filter);
    this.#wants.delete(shard);
    for (const group of this.#groups.values()) {
      if (group.place(shard, null)) this.#bump(group.filter);
      this.#release(group);
    }
  }

  /**
   * A shard has crashed, and another one is about to take its place: what its lasting subscribers want is wanted still,
   * and its groups have members that are not connected.
   */
  pause(shard: number): void {
    for (const filter of this.#wantsOf(shard)) {
      const node = this.#trie.obtain(filter);
      const isLasting = node.lasting.includes(shard);
      this.#trie.release(node);
      if (!isLasting) this.withdrawn(shard, filter);
    }
    for (const group of this.#groups.values()) group.pause(shard);
  }

  /** The group of this name; null if there is none on any shard. */
  named(filter: TopicFilter, shareName: string): SpreadGroup | null {
    const node = this.#trie.obtain(filter);
    const group = node.groups?.get(shareName) ?? null;
    this.#trie.release(node);
    return group;
  }

  /** The group that this shard calls so; null if there is none on any shard. */
  group(id: number): SpreadGroup | null {
    return this.#groups.get(id) ?? null;
  }

  /** All groups of which this or another shard has members. */
  groups(): Iterable<SpreadGroup> {
    return this.#groups.values();
  }

  /** A group begins on this shard. */
  joinGroup(local: SharedGroup): void {
    const group = this.#obtain(local);
    group.local = local;
    local.spread = group;
  }

  /** The last member of a group on this shard is gone. */
  leaveGroup(group: SpreadGroup): void {
    group.local = null;
    this.#release(group);
  }

  /** What of a topic's route leads to other shards; null: nothing. */
  match(topic: TopicName): RemoteRoute | null {
    const matched = this.#matched;
    matched.length = 0;
    this.#trie.match(topic, matched);
    let shards: readonly number[] = [];
    const lasting = new Set<number>();
    const groups: SpreadGroup[] = [];
    for (const node of matched) {
      if (shards.length === 0) shards = node.shards;
      else if (node.shards.length > 0) shards = [...new Set([...shards, ...node.shards])];
      for (const shard of node.lasting) lasting.add(shard);
      for (const group of node.groups?.values() ?? []) if (group.places.length > 0) groups.push(group);
    }
    if (shards.length === 0 && groups.length === 0) return null;
    const passing = lasting.size === 0 ? shards : shards.filter((shard) => !lasting.has(shard));
    return { shards, lasting: [...lasting], passing, groups };
  }

  #wantsOf(shard: number): Set<TopicFilter> {
    let wants = this.#wants.get(shard);
    if (wants === undefined) {
      wants = new Set();
      this.#wants.set(shard, wants);
    }
    return wants;
  }

  #obtain(target: { readonly filter: TopicFilter; readonly shareName: string }): SpreadGroup {
    const node = this.#trie.obtain(target.filter);
    node.groups ??= new Map();
    let group = node.groups.get(target.shareName);
    if (group === undefined) {
      group = new SpreadGroup(target, ++this.#lastGroup, this.own);
      node.groups.set(target.shareName, group);
      this.#groups.set(group.id, group);
    }
    return group;
  }

  #release(group: SpreadGroup): void {
    if (!group.isEmpty) return;
    const node = this.#trie.obtain(group.filter);
    node.groups?.delete(group.shareName);
    if (node.groups?.size === 0) node.groups = null;
    this.#groups.delete(group.id);
    this.#trie.release(node);
  }
}
