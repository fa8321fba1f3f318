import { decodeUnsubscribe, encodeUnsuback, unsubackSize } from "../codec/mod.ts";
import {
  noProperties,
  PacketType,
  parseFilter,
  ProtocolError,
  ReasonCode,
  type UnsubackPacket,
  type UnsubscribePacket,
} from "../protocol/mod.ts";
import type { Session } from "../session/mod.ts";
import type { Connection } from "./connection.ts";
import { bytesAtOnce } from "./handle-subscribe.ts";
import { type Decided, nothingDecided, tellUnsubscribed, unsubscribeThroughHooks } from "./hooked-subscribe.ts";
import { sendPacket } from "./send-packet.ts";

/** UNSUBSCRIBE (MQTT 5.0 section 3.10). What is on its way already is delivered [MQTT-3.10.4-3]. */
export function handleUnsubscribe(
  connection: Connection,
  session: Session,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  if (end - start <= bytesAtOnce) {
    unsubscribeAll(connection, session, decodeUnsubscribe(bytes, start, end, connection.version));
    return;
  }
  const own = Buffer.from(bytes.subarray(start, end));
  connection.workOn(() => {
    unsubscribeAll(connection, session, decodeUnsubscribe(own, 0, own.length, connection.version));
    return true;
  });
}

function unsubscribeAll(connection: Connection, session: Session, packet: UnsubscribePacket): void {
  const { hooks } = connection.context.parts;
  if (hooks.beforeUnsubscribe === null) serve(connection, session, packet, nothingDecided);
  else unsubscribeThroughHooks(connection, session, packet, (...left) => serve(connection, session, ...left));
}

function serve(connection: Connection, session: Session, packet: UnsubscribePacket, decided: Decided): void {
  const reasonCodes = packet.filters.map((filter, index) => decided[index] ?? unsubscribe(connection, session, filter));
  // [MQTT-3.10.4-4] [MQTT-3.10.4-5]
  const unsuback: UnsubackPacket = {
    type: "unsuback",
    packetId: packet.packetId,
    reasonCodes,
    properties: noProperties,
  };
  connection.answer(PacketType.unsuback, packet.packetId, () => {
    sendPacket(connection, PacketType.unsuback, unsubackSize(unsuback, connection.version), (target, at) =>
      encodeUnsuback(target, at, unsuback, connection.version),
    );
    tellUnsubscribed(connection, session, packet.filters, reasonCodes);
  });
}

/** Ends one subscription and answers its code. */
export function unsubscribe(connection: Connection, session: Session, filter: string): ReasonCode {
  const target = parseFilter(filter);
  if (target === null) {
    // [MQTT-4.7.3-1] [MQTT-4.8.0-1 of 3.1.1] Before 5.0 UNSUBACK has no code to say it with.
    if (connection.version !== 5) {
      throw new ProtocolError(ReasonCode.topicFilterInvalid, "MQTT-4.7.3-1", "UNSUBSCRIBE with an invalid filter");
    }
    return ReasonCode.topicFilterInvalid;
  }
  const subscription = session.subscriptions.get(target);
  if (subscription === null) return ReasonCode.noSubscriptionExisted;
  connection.context.parts.router.unsubscribe(subscription);
  session.subscriptions.delete(subscription);
  session.recordUnsubscription(filter);
  connection.oweNoMore(subscription);
  return ReasonCode.success;
}
