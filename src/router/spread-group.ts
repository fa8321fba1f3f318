import type { TopicFilter } from "../protocol/mod.ts";
import { hashText, type MemberKind, type SharedChoice, type SharedGroup, type SharedMessage } from "./shared-group.ts";

/** What a shard says about its members of a shared group. */
export interface GroupMembers {
  /** The number that the shard has given the group. */
  readonly group: number;
  /** Members whose client is connected. */
  readonly online: number;
  readonly offline: number;
  /** When the shard got its first member that is connected, on the clock of the mesh; 0: it has none. */
  readonly since: number;
}

/** A shard with members of a group. */
export interface GroupPlace extends GroupMembers {
  readonly shard: number;
}

/** A choice of a shard, and of a member there. Reused: valid until the next choice. */
export class SpreadChoice {
  shard = -1;
  /** Position of the member among those of its kind on that shard; -1: the shard chooses. */
  position = -1;
}

/** What a {@link SpreadGroup} knows of the shard that it is on. */
export interface OwnShard {
  readonly shard: number;
  /** A moment on the clock of the mesh that is later than all before. */
  readonly tick: () => number;
  /** The group's members on this shard have changed. */
  readonly onChanged: (group: SpreadGroup) => void;
}

/**
 * One shared subscription over all shards (MQTT 5.0 section 4.8.2), as one of them sees it.
 *
 * All members stand in one line, ordered by shard, so that a strategy picks one of them as it would in one place:
 *
 *     shard        0         1       3
 *     members   a  b  c  |  d  e  |  f          the fifth is the second one on shard 1
 *
 * What other shards have is what they announced last. Where that is out of date the message is handed on.
 */
export class SpreadGroup {
  readonly filter: TopicFilter;
  readonly shareName: string;
  /** What this shard calls the group towards others. */
  readonly id: number;
  /** The members on this shard; null: none. */
  local: SharedGroup | null = null;
  /** Other shards with members, by number. */
  places: GroupPlace[] = [];
  readonly #own: OwnShard;
  readonly #choice = new SpreadChoice();
  #since = 0;
  #cursor = 0;

  constructor(target: { filter: TopicFilter; shareName: string }, id: number, own: OwnShard) {
    this.filter = target.filter;
    this.shareName = target.shareName;
    this.id = id;
    this.#own = own;
  }

  get isEmpty(): boolean {
    return this.local === null && this.places.length === 0;
  }

  /** True if another shard has a member whose client is connected. */
  get hasOnlineElsewhere(): boolean {
    for (const place of this.places) if (place.online > 0) return true;
    return false;
  }

  /** What the other shards are to know. */
  get members(): GroupMembers {
    return {
      group: this.id,
      online: this.local?.onlineCount ?? 0,
      offline: this.local?.offlineCount ?? 0,
      since: this.#since,
    };
  }

  /** A member on this shard came, went, or changed its state. */
  ownChanged(): void {
    if ((this.local?.onlineCount ?? 0) === 0) this.#since = 0;
    else if (this.#since === 0) this.#since = this.#own.tick();
    this.#own.onChanged(this);
  }

  /** Another shard has said what it has; true if that makes the group's presence there begin or end. */
  place(shard: number, members: GroupMembers | null): boolean {
    const rest = this.places.filter((place) => place.shard !== shard);
    const had = rest.length < this.places.length;
    const has = members !== null && members.online + members.offline > 0;
    if (has) rest.push({ shard, ...members });
    this.places = rest.toSorted((left, right) => left.shard - right.shard);
    return had !== has;
  }

  /** A shard has crashed, and another one is about to take its place: its members are not connected. */
  pause(shard: number): void {
    this.places = this.places.map((place) => {
      if (place.shard !== shard) return place;
      return { ...place, online: 0, offline: place.online + place.offline, since: 0 };
    });
  }

  /** What another shard calls the group. */
  idAt(shard: number): number {
    return this.places.find((place) => place.shard === shard)?.group ?? -1;
  }

  /**
   * The shard that gets a message, and which member there; null if no shard but the `tried` ones has a member of the
   * kind.
   */
  choose(
    kind: MemberKind,
    choice: SharedChoice,
    message: SharedMessage,
    tried: readonly number[],
  ): SpreadChoice | null {
    const total = this.#total(kind, tried);
    if (total === 0) return null;
    if (choice.strategy === "sticky") return this.#oldest(kind, tried);
    const chosen = this.#at(kind, tried, this.#start(choice, message) % total);
    // Loads are not announced: the line of members says which shard, and that one chooses the least loaded of its own.
    if (choice.strategy === "least_inflight") chosen.position = -1;
    return chosen;
  }

  #start(choice: SharedChoice, message: SharedMessage): number {
    switch (choice.strategy) {
      case "HashClientId":
        return hashText(message.publisherId);
      case "HashTopicName":
        return hashText(message.topic.name);
      case "Random":
        return choice.random.below(0x1_0000_0000);
      default:
        return this.#cursor++;
    }
  }

  #total(kind: MemberKind, tried: readonly number[]): number {
    let total = tried.includes(this.#own.shard) ? 0 : this.#ownCount(kind);
    for (const place of this.places) if (!tried.includes(place.shard)) total += place[kind];
    return total;
  }

  #ownCount(kind: MemberKind): number {
    if (this.local === null) return 0;
    return kind === "online" ? this.local.onlineCount : this.local.offlineCount;
  }

  /** The member at `position` of the line. */
  #at(kind: MemberKind, tried: readonly number[], position: number): SpreadChoice {
    const chosen = this.#choice;
    const own = this.#own.shard;
    let left = position;
    let ownIsNext = !tried.includes(own);
    for (const place of this.places) {
      if (ownIsNext && own < place.shard) {
        ownIsNext = false;
        const count = this.#ownCount(kind);
        if (left < count) return take(chosen, own, left);
        left -= count;
      }
      if (tried.includes(place.shard)) continue;
      if (left < place[kind]) return take(chosen, place.shard, left);
      left -= place[kind];
    }
    return take(chosen, own, left);
  }

  /** Sticky: the shard that has had a member for the longest time, so that all shards stick to the same one. */
  #oldest(kind: MemberKind, tried: readonly number[]): SpreadChoice {
    let shard = tried.includes(this.#own.shard) || this.#ownCount(kind) === 0 ? -1 : this.#own.shard;
    let since = shard < 0 ? Infinity : this.#since;
    for (const place of this.places) {
      if (place[kind] === 0 || tried.includes(place.shard)) continue;
      if (place.since > since || (place.since === since && place.shard > shard)) continue;
      shard = place.shard;
      since = place.since;
    }
    return take(this.#choice, shard, -1);
  }
}

function take(chosen: SpreadChoice, shard: number, position: number): SpreadChoice {
  chosen.shard = shard;
  chosen.position = position;
  return chosen;
}
