import type { Random } from "../base/mod.ts";
import type { Qos, TopicFilter, TopicName } from "../protocol/mod.ts";
import type { SpreadGroup } from "./spread-group.ts";
import type { Subscriber, Subscription } from "./subscription.ts";

/** How a shared group chooses the member that gets a message. The first three are the original's. */
export type SharedStrategy = "Random" | "HashClientId" | "HashTopicName" | "round_robin" | "sticky" | "least_inflight";

/** What a choice looks at in the message. */
export interface SharedMessage {
  readonly publisherId: string;
  readonly topic: { readonly name: TopicName };
  readonly qos: Qos;
}

/** Members whose client is connected, or those whose is not. */
export type MemberKind = "online" | "offline";

/** Where to look for a member. */
export interface MemberPick {
  /** The member to begin with; -1: as the strategy says. */
  readonly position: number;
  /** Who must not get it. */
  readonly except: Subscriber | null;
}

/** What a choice may depend on. */
export interface SharedChoice {
  readonly strategy: SharedStrategy;
  readonly random: Random;
}

/**
 * The members of one shared subscription: ShareName and filter (MQTT 5.0 section 4.8.2). Members whose client is
 * connected are kept apart from those whose is not, so that a choice among the connected is O(1).
 */
export class SharedGroup {
  readonly shareName: string;
  readonly filter: TopicFilter;
  /** The same group over all shards; null where there is one shard only. */
  spread: SpreadGroup | null = null;
  readonly #online: Subscription[] = [];
  readonly #offline: Subscription[] = [];
  #cursor = 0;
  #sticky: Subscription | null = null;

  constructor(shareName: string, filter: TopicFilter) {
    this.shareName = shareName;
    this.filter = filter;
  }

  get size(): number {
    return this.#online.length + this.#offline.length;
  }

  /** Members on this shard whose client is connected. */
  get onlineCount(): number {
    return this.#online.length;
  }

  /** Members on this shard whose client is not connected. */
  get offlineCount(): number {
    return this.#offline.length;
  }

  /** True if the client of at least one member is connected. */
  get hasOnline(): boolean {
    return this.#online.length > 0 || (this.spread !== null && this.spread.hasOnlineElsewhere);
  }

  add(member: Subscription): void {
    this.#add(member);
    if (this.spread !== null) this.spread.ownChanged();
  }

  remove(member: Subscription): void {
    this.#remove(member);
    if (this.spread !== null) this.spread.ownChanged();
  }

  /** To be called when the member's client came or went. */
  refresh(member: Subscription): void {
    this.#remove(member);
    this.add(member);
  }

  #add(member: Subscription): void {
    const list = member.subscriber.online ? this.#online : this.#offline;
    member.index = list.length;
    list.push(member);
  }

  #remove(member: Subscription): void {
    if (this.#sticky === member) this.#sticky = null;
    if (!takeOut(this.#online, member)) takeOut(this.#offline, member);
    member.index = -1;
  }

  /**
   * The member that gets a message, or null if there is none but `except` and those that may not have it. Members
   * whose client is connected come first; the others wait for their clients, and can keep QoS 1 and 2 only.
   */
  choose(choice: SharedChoice, publication: SharedMessage, except: Subscriber | null): Subscription | null {
    const online = this.chooseAmong("online", choice, publication, { position: -1, except });
    if (online !== null || publication.qos === 0) return online;
    return this.chooseAmong("offline", choice, publication, { position: -1, except });
  }

  /** The same among one kind of members, and beginning with one that was chosen already. */
  chooseAmong(
    kind: MemberKind,
    choice: SharedChoice,
    publication: SharedMessage,
    { position, except }: MemberPick,
  ): Subscription | null {
    const members = kind === "online" ? this.#online : this.#offline;
    if (members.length === 0) return null;
    const start = (position < 0 ? this.#startAt(members, choice, publication) : position) % members.length;
    for (let step = 0; step < members.length; step++) {
      const member = members[(start + step) % members.length] as Subscription;
      if (member.subscriber === except || (member.qos === 0 && !member.subscriber.online)) continue;
      if (!member.subscriber.mayReceive(publication.topic.name)) continue;
      if (choice.strategy === "sticky") this.#sticky = member;
      return member;
    }
    return null;
  }

  #startAt(members: readonly Subscription[], choice: SharedChoice, publication: SharedMessage): number {
    switch (choice.strategy) {
      case "Random":
        return choice.random.below(members.length);
      case "HashClientId":
        return hashText(publication.publisherId);
      case "HashTopicName":
        return hashText(publication.topic.name);
      case "round_robin":
        return this.#cursor++;
      case "sticky":
        return this.#sticky !== null && members[this.#sticky.index] === this.#sticky ? this.#sticky.index : 0;
      case "least_inflight":
        return this.#leastLoaded(members);
    }
  }

  #leastLoaded(members: readonly Subscription[]): number {
    // From a moving start, so that members with equal load take turns.
    const offset = this.#cursor++ % members.length;
    let best = offset;
    for (let step = 1; step < members.length; step++) {
      const index = (offset + step) % members.length;
      if ((members[index] as Subscription).subscriber.load < (members[best] as Subscription).subscriber.load)
        best = index;
    }
    return best;
  }
}

function takeOut(list: Subscription[], member: Subscription): boolean {
  if (list[member.index] !== member) return false;
  const last = list.pop() as Subscription;
  if (last !== member) {
    list[member.index] = last;
    last.index = member.index;
  }
  return true;
}

/** FNV-1a: the same text gives the same member as long as the group does not change. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
