import { checkFlags, decodeAck, decodeAuth, decodeDisconnect } from "../codec/mod.ts";
import { PacketType, ProtocolError, ReasonCode } from "../protocol/mod.ts";
import { Limit, type Session, type SessionClaims } from "../session/mod.ts";
import type { Connection } from "./connection.ts";
import { handleAuth, handleHandshake } from "./handle-auth.ts";
import { handleConnect } from "./handle-connect.ts";
import { handleDisconnect } from "./handle-disconnect.ts";
import { handlePublish } from "./handle-publish.ts";
import { handleSubscribe } from "./handle-subscribe.ts";
import { handleUnsubscribe } from "./handle-unsubscribe.ts";
import { sendPacket } from "./send-packet.ts";

/**
 * Bytes of a packet other than PUBLISH: a SUBSCRIBE of this size names tens of thousands of filters, which is as much
 * as may be done in one go.
 */
const otherBytesMax = 512 * 1024;

/**
 * Handles one packet: `first` is its first byte, the body is `bytes[start..end)`.
 * @throws ProtocolError what the client did wrong
 */
export function handleFrame(connection: Connection, first: number, bytes: Buffer, start: number, end: number): void {
  const type = (first >> 4) as PacketType;
  const received = connection.context.statistics.packetsReceived;
  received[type] = (received[type] as number) + 1;
  connection.context.parts.journal.begin();
  const session = connection.session;
  if (session === null) {
    if (connection.phase === "challenged") {
      handleHandshake(connection, first, bytes, start, end);
      return;
    }
    // [MQTT-3.1.0-1]
    if (type !== PacketType.connect) {
      throw new ProtocolError(ReasonCode.protocolError, "MQTT-3.1.0-1", "the first packet is not CONNECT");
    }
    handleConnect(connection, first, bytes, start, end);
    return;
  }
  if (type === PacketType.publish) {
    if (connection.intake !== null) connection.intake.message();
    handlePublish(connection, session, first, bytes, start, end);
    if (connection.context.parts.claims !== null) waitForShards(connection, connection.context.parts.claims);
    return;
  }
  checkFlags(first, connection.version);
  if (end - start > otherBytesMax) {
    throw new ProtocolError(ReasonCode.packetTooLarge, "3.1.2.11.4", `a packet of this type has ${end - start} bytes`);
  }
  handleOther(connection, session, type, bytes, start, end);
}

/** What comes behind a PUBLISH waits while another shard has too much to take. */
function waitForShards(connection: Connection, claims: SessionClaims): void {
  const room = claims.room();
  if (room === null || connection.phase !== "open" || connection.busy) return;
  connection.context.statistics.reached(Limit.shardWaiting);
  connection.workOn(() => true, room);
}

function handleOther(
  connection: Connection,
  session: Session,
  type: PacketType,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  switch (type) {
    case PacketType.puback:
    case PacketType.pubrec:
    case PacketType.pubrel:
    case PacketType.pubcomp:
      handleAck(connection, session, type, bytes, start, end);
      return;
    case PacketType.subscribe:
      handleSubscribe(connection, session, bytes, start, end);
      return;
    case PacketType.unsubscribe:
      handleUnsubscribe(connection, session, bytes, start, end);
      return;
    case PacketType.pingreq:
      // [MQTT-3.12.4-1]
      if (start !== end) throw new ProtocolError(ReasonCode.malformedPacket, "3.12.1", "PINGREQ with a body");
      sendPacket(connection, PacketType.pingresp, 2, writePingresp);
      return;
    case PacketType.disconnect:
      handleDisconnect(connection, session, decodeDisconnect(bytes, start, end, connection.version));
      return;
    case PacketType.connect:
      // [MQTT-3.1.0-2]
      throw new ProtocolError(ReasonCode.protocolError, "MQTT-3.1.0-2", "a second CONNECT");
    default:
      handleAuth(connection, session, decodeAuth(bytes, start, end));
  }
}

function writePingresp(target: Buffer, at: number): number {
  target[at] = PacketType.pingresp << 4;
  target[at + 1] = 0;
  return at + 2;
}

function handleAck(
  connection: Connection,
  session: Session,
  type: PacketType,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const ack = connection.context.ackFrame;
  decodeAck(ack, type, bytes, start, end, connection.version);
  const packetId = ack.packetId;
  switch (type) {
    case PacketType.puback:
      session.puback(packetId, ack.reasonCode);
      break;
    case PacketType.pubrec: {
      const code = session.pubrec(packetId, ack.reasonCode);
      // That the client has the message is to be known after a restart before it forgets the identifier.
      if (code !== null) connection.acknowledge(PacketType.pubrel, packetId, code);
      break;
    }
    case PacketType.pubrel: {
      // Section 3.7.2.1: an unknown identifier is told so, never ignored and no reason to close.
      if (session.release(packetId)) connection.acknowledge(PacketType.pubcomp, packetId, ReasonCode.success);
      else connection.acknowledgeAgain(PacketType.pubcomp, packetId, ReasonCode.packetIdentifierNotFound);
      return;
    }
    default:
      session.pubcomp(packetId);
  }
  // [MQTT-3.3.4-9] The window has room again.
  if (session.queued > 0 || connection.replays !== null) connection.pump();
}
