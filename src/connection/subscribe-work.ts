import { allowed, type Decision } from "../auth/mod.ts";
import { encodeSuback, subackSize, trimProperties } from "../codec/mod.ts";
import {
  hasWildcard,
  isFailure,
  isTopicName,
  noProperties,
  PacketType,
  parseFilter,
  type Qos,
  ReasonCode,
  type SubackPacket,
  type SubscribeEntry,
  type SubscribePacket,
  type TopicFilter,
} from "../protocol/mod.ts";
import { DeniedAction, Limit, type Session } from "../session/mod.ts";
import type { RetainedStore } from "../store/mod.ts";
import type { Connection } from "./connection.ts";
import { limitsOf } from "./farewell.ts";
import { type Decided, tellSubscribed } from "./hooked-subscribe.ts";
import { RetainedReplay } from "./retained-replay.ts";
import { sendPacket } from "./send-packet.ts";

/** Filters per step: about as much as may be done in one go. */
const filtersPerStep = 512;

const reasons: ReadonlyMap<ReasonCode, string> = new Map<ReasonCode, string>([
  [ReasonCode.topicFilterInvalid, "a topic filter is not valid"],
  [ReasonCode.quotaExceeded, "the limit of subscriptions is reached, or they cannot be stored now"],
  [ReasonCode.sharedSubscriptionsNotSupported, "shared subscriptions are switched off"],
  [ReasonCode.wildcardSubscriptionsNotSupported, "wildcard subscriptions are switched off"],
  [ReasonCode.subscriptionIdentifiersNotSupported, "subscription identifiers are switched off"],
]);

/**
 * One SUBSCRIBE: its filters are judged by the client's permissions, then served, both in steps; all are answered by
 * one SUBACK.
 */
export class SubscribeWork {
  readonly #connection: Connection;
  readonly #session: Session;
  readonly #packet: SubscribePacket;
  readonly #decided: Decided;
  /** By entry; stays empty where the client may do everything. */
  readonly #decisions: Decision[] = [];
  readonly #reasonCodes: ReasonCode[] = [];
  #judged = 0;
  /** True once other shards were told of the subscriptions. */
  #told = false;
  /** Why the first filter that was refused was refused. */
  #reason: string | null = null;

  constructor(connection: Connection, session: Session, packet: SubscribePacket, decided: Decided) {
    this.#connection = connection;
    this.#session = session;
    this.#packet = packet;
    this.#decided = decided;
  }

  /** Does a little; true when SUBACK is sent, false to go on, a promise to go on when that is fulfilled. */
  step(): boolean | Promise<void> {
    const { entries } = this.#packet;
    if (this.#connection.permissions !== null && this.#judged < entries.length) return this.#judgeSome();
    const end = Math.min(entries.length, this.#reasonCodes.length + filtersPerStep);
    while (this.#reasonCodes.length < end) this.#serveNext();
    if (end < entries.length) return false;
    const { claims } = this.#connection.context.parts;
    if (claims !== null && !this.#told) {
      this.#told = true;
      const told = claims.told();
      if (told !== null) return told;
    }
    this.#answer();
    return true;
  }

  #judgeSome(): false | Promise<void> {
    const { entries } = this.#packet;
    const { permissions } = this.#connection;
    const end = Math.min(entries.length, this.#judged + filtersPerStep);
    const open: Promise<void>[] = [];
    for (; this.#judged < end; this.#judged++) {
      const index = this.#judged;
      const target = parseFilter((entries[index] as SubscribeEntry).filter);
      const decision = target === null || permissions === null ? allowed : permissions.maySubscribe(target);
      if (decision instanceof Promise) open.push(decision.then((later) => void (this.#decisions[index] = later)));
      else this.#decisions[index] = decision;
    }
    return open.length === 0 ? false : Promise.all(open).then(() => {});
  }

  #serveNext(): void {
    const index = this.#reasonCodes.length;
    const identifier = this.#packet.properties.subscriptionIdentifiers?.[0] ?? 0;
    const entry = this.#packet.entries[index] as SubscribeEntry;
    const decided = this.#decided[index];
    if (decided !== undefined) {
      this.#reason ??= "a hook has refused a filter";
      this.#reasonCodes.push(decided);
      return;
    }
    const decision = this.#decisions[index] ?? allowed;
    const code = decision.allowed
      ? subscribe(this.#connection, this.#session, entry, identifier)
      : this.#denied(entry.filter);
    if (isFailure(code)) this.#reason ??= decision.allowed ? (reasons.get(code) ?? "refused") : decision.reason;
    this.#reasonCodes.push(code);
  }

  /** [MQTT-3.9.3-1] */
  #denied(filter: string): ReasonCode {
    const { statistics } = this.#connection.context;
    statistics.denied[DeniedAction.subscribe] = (statistics.denied[DeniedAction.subscribe] as number) + 1;
    this.#connection.context.debug("subscribe denied", () => ({ clientId: this.#session.clientId, filter }));
    return ReasonCode.notAuthorized;
  }

  #answer(): void {
    const connection = this.#connection;
    const properties = this.#reason === null ? noProperties : { reasonString: this.#reason };
    const { packetId } = this.#packet;
    const whole: SubackPacket = { type: "suback", packetId, reasonCodes: this.#reasonCodes, properties };
    const suback = connection.version === 5 ? trimProperties(whole, limitsOf(connection)) : whole;
    connection.answer(PacketType.suback, packetId, () => {
      sendPacket(connection, PacketType.suback, subackSize(suback, connection.version), (target, at) =>
        encodeSuback(target, at, suback, connection.version),
      );
      tellSubscribed(connection, this.#session, this.#packet.entries, this.#reasonCodes);
      if (connection.replays !== null) connection.pump();
    });
  }
}

/** Serves one entry and answers its code. */
export function subscribe(
  connection: Connection,
  session: Session,
  entry: SubscribeEntry,
  identifier: number,
): ReasonCode {
  const { settings, parts } = connection.context;
  const target = parseFilter(entry.filter);
  if (target === null || isTooLong(connection, target.filter)) return ReasonCode.topicFilterInvalid;
  const shared = target.shareName !== null;
  if (shared && !settings.sharedSubscriptionAvailable) return ReasonCode.sharedSubscriptionsNotSupported;
  // [MQTT-3.8.3-2 of 3.1.1]
  if (!settings.wildcardSubscriptionAvailable && hasWildcard(target.filter)) {
    return ReasonCode.wildcardSubscriptionsNotSupported;
  }
  if (identifier > 0 && !settings.subscriptionIdentifierAvailable) {
    return ReasonCode.subscriptionIdentifiersNotSupported;
  }
  // [MQTT-3.2.2-10]
  const qos = Math.min(entry.qos, settings.maximumQos) as Qos;
  const options = { ...entry, qos };
  if (session.durable !== null && parts.journal.refuses) return parts.journal.refusal;
  let subscription = session.subscriptions.get(target);
  const isNew = subscription === null;
  if (subscription === null) {
    if (session.subscriptions.size >= connection.terms.subscriptionsMax) {
      connection.context.statistics.reached(Limit.subscriptions);
      return ReasonCode.quotaExceeded;
    }
    subscription = parts.router.subscribe(session, target, options, identifier);
    session.subscriptions.add(subscription);
  } else {
    // [MQTT-3.8.4-3] [MQTT-3.8.4-4]
    parts.router.update(subscription, options, identifier);
  }
  session.recordSubscription(subscription, entry.retainHandling);
  // [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11]; section 4.8.2: shared ones get no retained messages.
  const wanted = entry.retainHandling === 0 || (entry.retainHandling === 1 && isNew);
  if (wanted && !shared && mayMatch(parts.retained, target.filter)) {
    connection.owe(new RetainedReplay(subscription, parts.retained.match(target.filter)));
  }
  return qos;
}

/** False where nothing retained can match: most filters of most clients. */
function mayMatch(retained: RetainedStore, filter: TopicFilter): boolean {
  if (retained.count === 0) return false;
  return hasWildcard(filter) || !isTopicName(filter) || retained.get(filter) !== null;
}

function isTooLong({ terms, context }: Connection, filter: TopicFilter): boolean {
  if (levelsOf(filter) <= terms.topicLevelsMax && Buffer.byteLength(filter) <= terms.topicBytesMax) return false;
  context.statistics.reached(Limit.topic);
  return true;
}

function levelsOf(filter: string): number {
  let levels = 1;
  for (let at = 0; at < filter.length; at++) if (filter.charCodeAt(at) === 0x2f) levels++;
  return levels;
}
