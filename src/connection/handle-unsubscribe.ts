import { decodeUnsubscribe, encodeUnsuback, unsubackSize } from "../codec/mod.ts";
import { noProperties, PacketType, parseFilter, ReasonCode, type UnsubackPacket } from "../protocol/mod.ts";
import type { Session } from "../session/mod.ts";
import type { Connection } from "./connection.ts";
import { sendPacket } from "./send-packet.ts";

/** UNSUBSCRIBE (MQTT 5.0 section 3.10). What is on its way already is delivered [MQTT-3.10.4-3]. */
export function handleUnsubscribe(
  connection: Connection,
  session: Session,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const packet = decodeUnsubscribe(bytes, start, end, connection.version);
  const reasonCodes = packet.filters.map((filter) => unsubscribe(connection, session, filter));
  // [MQTT-3.10.4-4] [MQTT-3.10.4-5]
  const unsuback: UnsubackPacket = {
    type: "unsuback",
    packetId: packet.packetId,
    reasonCodes,
    properties: noProperties,
  };
  sendPacket(connection, PacketType.unsuback, unsubackSize(unsuback, connection.version), (target, at) =>
    encodeUnsuback(target, at, unsuback, connection.version),
  );
}

function unsubscribe(connection: Connection, session: Session, filter: string): ReasonCode {
  const target = parseFilter(filter);
  if (target === null) return ReasonCode.topicFilterInvalid;
  const subscription = session.subscriptions.get(target);
  if (subscription === null) return ReasonCode.noSubscriptionExisted;
  connection.context.parts.router.unsubscribe(subscription);
  session.subscriptions.delete(subscription);
  const rest = connection.replays?.filter((replay) => replay.subscription !== subscription) ?? [];
  connection.replays = rest.length > 0 ? rest : null;
  return ReasonCode.success;
}
