import { connackSize, disconnectSize, encodeConnack, encodeDisconnect, trimProperties } from "../codec/mod.ts";
import {
  type ConnackPacket,
  type DisconnectPacket,
  noProperties,
  PacketType,
  type Properties,
  ProtocolError,
  ReasonCode,
} from "../protocol/mod.ts";
import { Limit } from "../session/mod.ts";
import type { Connection } from "./connection.ts";
import { sendPacket } from "./send-packet.ts";

/**
 * Closes a connection over something that was thrown while one of its packets was handled: the one place where a
 * peer's mistakes are answered. Anything but a ProtocolError is a bug of ours, and costs this connection only.
 */
export function closeOver(connection: Connection, error: unknown): void {
  const { statistics, parts } = connection.context;
  const clientId = connection.session?.clientId;
  if (error instanceof ProtocolError) {
    statistics.protocolErrors++;
    if (error.reasonCode === ReasonCode.packetTooLarge) statistics.reached(Limit.packetSize);
    if (error.reasonCode === ReasonCode.receiveMaximumExceeded) statistics.reached(Limit.inflight);
    const { rule, message, reasonCode } = error;
    connection.context.debug("the client broke a rule", () => ({
      address: connection.channel.remoteAddress,
      clientId,
      rule,
      message,
      reasonCode,
    }));
    if (connection.phase === "open") closeConnection(connection, reasonCode, message);
    else refuseConnect(connection, reasonCode, message);
    return;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const address = connection.channel.remoteAddress;
  parts.logger.error("a bug in Akasa has cost a client its connection", { address, clientId, error: text });
  closeConnection(connection, ReasonCode.implementationSpecificError);
}

/**
 * Refuses a CONNECT and closes [MQTT-3.2.2-7]. What no CONNACK of the client's version can say, the close says alone.
 */
export function refuseConnect(connection: Connection, reasonCode: ReasonCode, reason: string): void {
  connection.context.statistics.connectionsRefused++;
  connection.phase = "authenticating";
  const properties: Properties = connection.version === 5 ? { reasonString: reason } : noProperties;
  // [MQTT-3.2.2-6]
  const whole: ConnackPacket = { type: "connack", sessionPresent: false, reasonCode, properties };
  const packet = trimProperties(whole, limitsOf(connection));
  const size = mayAnswer(connection, reasonCode) ? connackSize(packet, connection.version) : 0;
  if (size > 0 && size <= connection.clientPacketSizeMax) {
    sendPacket(connection, PacketType.connack, size, (target, at) =>
      encodeConnack(target, at, packet, connection.version),
    );
  }
  closeConnection(connection, null);
}

/** [MQTT-3.1.0-1] Before a CONNECT was recognised there is nobody to answer to. */
function mayAnswer(connection: Connection, reasonCode: ReasonCode): boolean {
  if (!connection.connectSeen) return false;
  // [MQTT-3.1.4-1 of 3.1.1] A malformed CONNECT is closed without an answer; codes 1 to 5 say other things.
  return connection.version === 5 || reasonCode !== ReasonCode.malformedPacket;
}

/**
 * Closes a connection; `reasonCode` null closes without a word. `said` is what the client's own DISCONNECT said.
 */
export function closeConnection(
  connection: Connection,
  reasonCode: ReasonCode | null,
  reason?: string,
  said?: DisconnectPacket,
): void {
  if (connection.phase === "closing" || connection.phase === "closed") return;
  // [MQTT-3.14.0-1] No DISCONNECT before a CONNACK that accepted, and none before 5.0.
  const accepted = connection.phase === "open" && !connection.connackWaits;
  if (accepted && connection.version === 5 && reasonCode !== null) {
    sendDisconnect(connection, reasonCode, reason);
  }
  const session = connection.session;
  if (session !== null) {
    const { clientId } = session;
    connection.context.debug("client disconnected", () => ({ clientId, reasonCode, reason }));
  }
  connection.leaveSession(said?.reasonCode ?? reasonCode, said?.properties.reasonString ?? reason);
  connection.beginClosing();
}

function sendDisconnect(connection: Connection, reasonCode: ReasonCode, reason: string | undefined): void {
  const properties: Properties = reason === undefined ? noProperties : { reasonString: reason };
  const whole: DisconnectPacket = { type: "disconnect", reasonCode, properties };
  const packet = trimProperties(whole, limitsOf(connection));
  const size = disconnectSize(packet, 5);
  // [MQTT-3.1.2-24]
  if (size > connection.clientPacketSizeMax) return;
  sendPacket(connection, PacketType.disconnect, size, (target, at) => encodeDisconnect(target, at, packet, 5));
}

/** What the client said about the answers it wants. */
export function limitsOf(connection: Connection): { packetSizeMax: number; problemInformation: boolean } {
  return { packetSizeMax: connection.clientPacketSizeMax, problemInformation: connection.problemInformation };
}
