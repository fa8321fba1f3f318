import { decodeSubscribe, encodeSuback, subackSize, trimProperties } from "../codec/mod.ts";
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
import type { Session } from "../session/mod.ts";
import type { RetainedStore } from "../store/mod.ts";
import type { Connection } from "./connection.ts";
import { limitsOf } from "./farewell.ts";
import { RetainedReplay } from "./retained-replay.ts";
import { sendPacket } from "./send-packet.ts";

/** SUBSCRIBE (MQTT 5.0 section 3.8): every filter is judged by itself, all are answered by one SUBACK. */
export function handleSubscribe(
  connection: Connection,
  session: Session,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  // Many clients that subscribe at the same moment hold up the others no more than one large packet does.
  if (end - start <= bytesAtOnce && !connection.context.turn.isLong) {
    const packet = decodeSubscribe(bytes, start, end, connection.version);
    const reasonCodes: ReasonCode[] = [];
    while (!subscribeSome(connection, session, packet, reasonCodes));
    answer(connection, packet, reasonCodes);
    return;
  }
  const own = Buffer.from(bytes.subarray(start, end));
  let packet: SubscribePacket | null = null;
  const reasonCodes: ReasonCode[] = [];
  connection.workOn(() => {
    if (packet === null) {
      packet = decodeSubscribe(own, 0, own.length, connection.version);
      return false;
    }
    if (!subscribeSome(connection, session, packet, reasonCodes)) return false;
    answer(connection, packet, reasonCodes);
    return true;
  });
}

/** Bytes of a packet that is handled in one go: a few hundred filters. */
export const bytesAtOnce: number = 8 * 1024;

/** Filters per step of a larger one. */
const filtersPerStep = 512;

/** Serves the next entries of the packet; true when all are. */
function subscribeSome(
  connection: Connection,
  session: Session,
  packet: SubscribePacket,
  reasonCodes: ReasonCode[],
): boolean {
  const identifier = packet.properties.subscriptionIdentifiers?.[0] ?? 0;
  const { entries } = packet;
  const end = Math.min(entries.length, reasonCodes.length + filtersPerStep);
  while (reasonCodes.length < end) {
    reasonCodes.push(subscribe(connection, session, entries[reasonCodes.length] as SubscribeEntry, identifier));
  }
  return end === entries.length;
}

function answer(connection: Connection, packet: SubscribePacket, reasonCodes: readonly ReasonCode[]): void {
  const failed = reasonCodes.find(isFailure);
  const properties = failed === undefined ? noProperties : { reasonString: reasons.get(failed) ?? "refused" };
  const whole: SubackPacket = { type: "suback", packetId: packet.packetId, reasonCodes, properties };
  const suback = connection.version === 5 ? trimProperties(whole, limitsOf(connection)) : whole;
  sendPacket(connection, PacketType.suback, subackSize(suback, connection.version), (target, at) =>
    encodeSuback(target, at, suback, connection.version),
  );
  if (connection.replays !== null) connection.pump();
}

const reasons: ReadonlyMap<ReasonCode, string> = new Map<ReasonCode, string>([
  [ReasonCode.topicFilterInvalid, "a topic filter is not valid"],
  [ReasonCode.quotaExceeded, "the limit of subscriptions is reached"],
  [ReasonCode.sharedSubscriptionsNotSupported, "shared subscriptions are switched off"],
  [ReasonCode.wildcardSubscriptionsNotSupported, "wildcard subscriptions are switched off"],
  [ReasonCode.subscriptionIdentifiersNotSupported, "subscription identifiers are switched off"],
]);

/** Serves one entry and answers its code. */
function subscribe(connection: Connection, session: Session, entry: SubscribeEntry, identifier: number): ReasonCode {
  const { settings, parts } = connection.context;
  const target = parseFilter(entry.filter);
  if (target === null || levelsOf(target.filter) > settings.topicLevelsMax) return ReasonCode.topicFilterInvalid;
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
  let subscription = session.subscriptions.get(target);
  const isNew = subscription === null;
  if (subscription === null) {
    if (session.subscriptions.size >= settings.subscriptionsMax) return ReasonCode.quotaExceeded;
    subscription = parts.router.subscribe(session, target, options, identifier);
    session.subscriptions.add(subscription);
  } else {
    // [MQTT-3.8.4-3] [MQTT-3.8.4-4]
    parts.router.update(subscription, options, identifier);
  }
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

function levelsOf(filter: string): number {
  let levels = 1;
  for (let at = 0; at < filter.length; at++) if (filter.charCodeAt(at) === 0x2f) levels++;
  return levels;
}
