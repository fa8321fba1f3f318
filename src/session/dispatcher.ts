import type { Random } from "../base/mod.ts";
import type { HookRunner } from "../hooks/mod.ts";
import {
  type RemoteRoute,
  type Router,
  type SharedChoice,
  type SharedGroup,
  type SpreadGroup,
  type Subscriber,
  type Subscription,
  type Topic,
  withoutNoLocal,
} from "../router/mod.ts";
import type { Journal, Publication, RetainedStore } from "../store/mod.ts";
import type { DurabilityLevels } from "./durability-levels.ts";
import type { Elsewhere, SharedVisit } from "./elsewhere.ts";
import type { ExtractedMessage } from "./outbox.ts";
import { tellDropped } from "./hooked-delivery.ts";
import type { Receiver } from "./receiver.ts";
import type { Session } from "./session.ts";
import type { SessionSettings } from "./settings.ts";
import { SpreadDelivery } from "./spread-delivery.ts";
import { DropReason, type Statistics } from "./statistics.ts";

/** Whether a publication reached anybody, for the reason code of its acknowledgement. */
export const PublishOutcome = {
  /** At least one session has it. */
  matched: 0,
  /** Nobody subscribes to it (MQTT 5.0 section 3.4.2.1: 0x10). */
  unmatched: 1,
  /** It was to be retained, and the limits did not allow it: nothing was delivered either. */
  retainRefused: 2,
  /** It was to be kept beyond the process, and the store fails or is full: nobody has it. */
  storeRefused: 3,
} as const;

/** One of {@link PublishOutcome}'s values. */
export type PublishOutcome = (typeof PublishOutcome)[keyof typeof PublishOutcome];

/** Which subscribers of a shard get a message: those whose messages the store keeps, the others, or all. */
export type Receivers = "all" | "lasting" | "passing";

/** What a {@link Dispatcher} works with. */
export interface DispatcherParts {
  readonly router: Router;
  readonly retained: RetainedStore;
  readonly statistics: Statistics;
  readonly hooks: HookRunner;
  readonly settings: SessionSettings;
  readonly random: Random;
  readonly journal: Journal;
  readonly levels: DurabilityLevels;
}

/** Brings publications to the sessions that subscribed to them. */
export class Dispatcher {
  readonly #router: Router;
  readonly #retained: RetainedStore;
  readonly #statistics: Statistics;
  readonly #hooks: HookRunner;
  readonly #choice: SharedChoice;
  /** Null where there is one shard. */
  #elsewhere: Elsewhere | null = null;
  #spread: SpreadDelivery | null = null;
  readonly #journal: Journal;
  readonly #levels: DurabilityLevels;

  constructor(parts: DispatcherParts) {
    this.#router = parts.router;
    this.#retained = parts.retained;
    this.#statistics = parts.statistics;
    this.#journal = parts.journal;
    this.#levels = parts.levels;
    this.#hooks = parts.hooks;
    this.#choice = { strategy: parts.settings.sharedStrategy, random: parts.random };
  }

  /** From now on there are other shards. */
  extend(elsewhere: Elsewhere): void {
    this.#elsewhere = elsewhere;
    this.#spread = new SpreadDelivery(elsewhere, this.#choice);
  }

  /** Publishes a message whose `topic` is the topic table's; all that it leads to happens inside this call. */
  publish(publication: Publication, topic: Topic): PublishOutcome {
    this.#statistics.messagesPublished++;
    publication.durable = this.#levels.isDurable(topic);
    const mayNeedStore = publication.qos > 0 || publication.retain;
    if (mayNeedStore && this.#journal.refuses && this.#needsStore(publication, topic)) {
      this.#drop(DropReason.storeRefused, null, publication);
      return PublishOutcome.storeRefused;
    }
    if (publication.retain && !this.#retain(publication)) return PublishOutcome.retainRefused;
    const route = this.#router.route(topic);
    let matched = this.#deliver(publication, route.direct);
    const shared = route.shared;
    for (let index = 0; index < shared.length; index++) {
      if (this.#share(shared[index] as SharedGroup, publication, null)) matched++;
    }
    if (route.remote !== null) matched += this.#forward(publication, route.remote);
    return matched > 0 ? PublishOutcome.matched : PublishOutcome.unmatched;
  }

  /** Delivers a message that was published on another shard to the subscribers of this one. */
  deliverForwarded(publication: Publication, topic: Topic, to: Receivers = "all"): void {
    publication.durable = this.#levels.isDurable(topic);
    const { direct } = this.#router.route(topic);
    this.#deliver(publication, to === "all" ? direct : direct.filter((each) => isOf(to, each.subscriber)));
  }

  /** Delivers a message that was on its way when the process ended to those of its receivers that are here. */
  deliverLate(publication: Publication, topic: Topic, isReceiver: (subscriber: Subscriber) => boolean): void {
    publication.durable = this.#levels.isDurable(topic);
    const { direct } = this.#router.route(topic);
    this.#deliver(
      publication,
      direct.filter(({ subscriber }) => isReceiver(subscriber)),
    );
  }

  /** Delivers a message that was on its way to a group when the process ended to one of its members here. */
  deliverLateShared(publication: Publication, group: SharedGroup | null): void {
    if (group === null || !this.#share(group, publication, null))
      this.#drop(DropReason.sessionEnded, null, publication);
  }

  /** Delivers a message that another shard handed on to a member of a shared group; drops it where nobody takes it. */
  deliverHandedOn(publication: Publication, group: SpreadGroup | null, visit: SharedVisit): void {
    if (!this.takeHandedOn(publication, group, visit)) this.#drop(DropReason.sessionEnded, null, publication);
  }

  /** The same; false where nobody takes it now. */
  takeHandedOn(publication: Publication, group: SpreadGroup | null, visit: SharedVisit): boolean {
    return group !== null && this.#spread?.take(group, publication, visit) === true;
  }

  /** Answers how many get it. */
  #deliver(publication: Publication, direct: readonly Subscription[]): number {
    const publisherId = publication.publisherId;
    const retain = publication.retain;
    let matched = direct.length;
    for (let index = 0; index < direct.length; index++) {
      let entry = direct[index] as Subscription;
      if (entry.noLocal && entry.subscriber.clientId === publisherId) {
        const rest = withoutNoLocal(entry);
        if (rest === null) {
          matched--;
          continue;
        }
        entry = rest;
      }
      // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
      (entry.subscriber as Receiver).deliver(publication, entry, retain && entry.retainAsPublished);
    }
    return matched;
  }

  /** Answers how many shards and groups get it, as far as one can tell here. */
  #forward(publication: Publication, remote: RemoteRoute): number {
    const { shards, groups } = remote;
    let matched = shards.length;
    // A retained message has gone to all shards, and they deliver it when they keep it.
    if (shards.length > 0 && !publication.retain) (this.#elsewhere as Elsewhere).forward(publication, remote);
    for (let index = 0; index < groups.length; index++) {
      const group = groups[index] as SpreadGroup;
      if ((this.#spread as SpreadDelivery).begin(group, publication, null)) matched++;
    }
    return matched;
  }

  /** Gives what a member of shared groups left behind to other members; drops and counts what nobody takes. */
  redispatch(messages: readonly ExtractedMessage[], from: Subscriber): void {
    for (const { publication, subscription } of messages) {
      const group = subscription.group as SharedGroup;
      if (this.#share(group, publication, from)) continue;
      this.#drop(DropReason.sessionEnded, from.clientId, publication);
    }
  }

  /** True if its acknowledgement would have to wait for the store. */
  #needsStore(publication: Publication, topic: Topic): boolean {
    if (publication.retain && publication.durable) return true;
    if (publication.qos === 0) return false;
    const route = this.#router.route(topic);
    const recorded = (entry: Subscription): boolean => {
      const qos = Math.min(publication.qos, entry.qos);
      return (entry.subscriber as Session).durable !== null && (qos === 2 || (qos === 1 && publication.durable));
    };
    if (!publication.durable) return route.direct.some(recorded);
    const { remote } = route;
    const elsewhere = remote !== null && (remote.lasting.length > 0 || remote.groups.length > 0);
    return elsewhere || route.shared.length > 0 || route.direct.some(recorded);
  }

  #share(group: SharedGroup, publication: Publication, except: Subscriber | null): boolean {
    if (group.spread !== null) return (this.#spread as SpreadDelivery).begin(group.spread, publication, except);
    const member = group.choose(this.#choice, publication, except);
    if (member === null) return false;
    (member.subscriber as Receiver).deliver(publication, member, publication.retain && member.retainAsPublished);
    return true;
  }

  /** False if the limits do not allow to keep the message. */
  #retain(publication: Publication): boolean {
    // [MQTT-3.3.1-6] [MQTT-3.3.1-7]
    if (publication.isEmpty) {
      if (this.#retained.delete(publication.topic.name) && publication.durable) {
        this.#journal.log?.cleared(publication.topic.bytes);
      }
    } else if (this.#retained.set(publication.keep()) !== null) {
      this.#drop(DropReason.retainedLimit, null, publication);
      return false;
    } else if (publication.durable) {
      this.#journal.log?.retained(publication);
    }
    if (this.#elsewhere !== null) this.#elsewhere.retained(publication);
    return true;
  }

  #drop(reason: DropReason, clientId: string | null, publication: Publication): void {
    const dropped = this.#statistics.messagesDropped;
    dropped[reason] = (dropped[reason] as number) + 1;
    const { dropped: point } = this.#hooks;
    if (point !== null) tellDropped(this.#hooks, point, reason, { clientId, publication, count: 1 });
  }
}

function isOf(receivers: Exclude<Receivers, "all">, { lasting = false }: Subscriber): boolean {
  return lasting === (receivers === "lasting");
}
