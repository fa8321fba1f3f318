import { ackPacketSize, encodeAckPacket, trimProperties } from "../codec/mod.ts";
import { type AckPacket, PacketType, ProtocolError, type Qos, ReasonCode } from "../protocol/mod.ts";
import type { Topic } from "../router/mod.ts";
import { type DelayLimits, DelayOutcome, PublishOutcome, type Session } from "../session/mod.ts";
import type { Publication } from "../store/mod.ts";
import type { Connection } from "./connection.ts";
import { limitsOf } from "./farewell.ts";
import { sendPacket } from "./send-packet.ts";

/** What of a received PUBLISH its answer depends on. */
export interface PublishOrigin {
  readonly qos: Qos;
  readonly packetId: number;
}

/** Hands a publication out and answers the PUBLISH that brought it. */
export function publishAndAnswer(
  connection: Connection,
  session: Session,
  origin: PublishOrigin,
  publication: Publication,
  topic: Topic,
): PublishOutcome {
  const { dispatcher, journal } = connection.context.parts;
  journal.begin();
  if (origin.qos === 2 && session.durable !== null && journal.refuses) {
    refuseUnstored(connection, origin);
    return PublishOutcome.storeRefused;
  }
  const outcome = dispatcher.publish(publication, topic);
  if (outcome === PublishOutcome.retainRefused) {
    refusePublish(connection, origin, ReasonCode.quotaExceeded, "the limit of retained messages is reached");
    return outcome;
  }
  if (outcome === PublishOutcome.storeRefused) {
    refuseUnstored(connection, origin);
    return outcome;
  }
  const code = outcome === PublishOutcome.unmatched ? ReasonCode.noMatchingSubscribers : ReasonCode.success;
  answerPublish(connection, session, origin, code);
  return outcome;
}

/** What a hook wants of a message that it delays. */
interface Delay extends DelayLimits {
  readonly seconds: number;
}

/** Has a publication wait for its time, and answers the PUBLISH that brought it. */
export function delayAndAnswer(
  connection: Connection,
  session: Session,
  origin: PublishOrigin,
  { publication, topic, delay }: { publication: Publication; topic: Topic; delay: Delay },
): void {
  const { delayed, journal } = connection.context.parts;
  journal.begin();
  const unsafe = origin.qos === 2 && session.durable !== null && journal.refuses;
  const outcome = unsafe ? DelayOutcome.storeRefused : delayed.add(publication, topic, delay.seconds, delay);
  if (outcome === DelayOutcome.full) {
    refusePublish(connection, origin, ReasonCode.quotaExceeded, "too many messages are delayed");
  } else if (outcome === DelayOutcome.storeRefused) refuseUnstored(connection, origin);
  else answerPublish(connection, session, origin, ReasonCode.success);
}

/** Answers a PUBLISH that is done with. */
export function answerPublish(
  connection: Connection,
  session: Session,
  { qos, packetId }: PublishOrigin,
  reasonCode: ReasonCode,
): void {
  if (qos === 0) return;
  if (qos === 2) session.receive(packetId);
  connection.acknowledge(qos === 1 ? PacketType.puback : PacketType.pubrec, packetId, reasonCode);
}

/** Refuses one message: a 5.0 publisher is told why, an older one is answered as configured. */
export function refusePublish(
  connection: Connection,
  { qos, packetId }: PublishOrigin,
  reasonCode: ReasonCode,
  reason: string,
): void {
  const v5 = connection.version === 5;
  // [MQTT-3.3.5-2 of 3.1.1] Acknowledge as if it had been taken, or close: older versions cannot say no.
  const { refusedPublishV3 } = connection.context.settings;
  if (!v5 && refusedPublishV3 === "disconnect") throw new ProtocolError(reasonCode, "MQTT-3.3.5-2", reason);
  if (qos === 0 || (!v5 && refusedPublishV3 === "ignore")) return;
  const type = qos === 1 ? "puback" : "pubrec";
  if (!v5 || connection.acksWait) {
    connection.acknowledge(PacketType[type], packetId, v5 ? reasonCode : ReasonCode.success);
    return;
  }
  const whole: AckPacket = { type, packetId, reasonCode, properties: { reasonString: reason } };
  const packet = trimProperties(whole, limitsOf(connection));
  const size = ackPacketSize(packet, 5);
  sendPacket(connection, PacketType[type], size, (target, at) => encodeAckPacket(target, at, packet, 5));
}

/**
 * The store fails or is full. A 5.0 publisher is told; an older one gets no acknowledgement, and sends the message
 * again when it connects again.
 */
function refuseUnstored(connection: Connection, origin: PublishOrigin): void {
  if (connection.version !== 5) return;
  refusePublish(connection, origin, connection.context.parts.journal.refusal, "the message cannot be stored now");
}
