import { PacketType, ProtocolError, ReasonCode } from "../protocol/mod.ts";
import type { Connection } from "./connection.ts";

/** [MQTT-3.1.0-1] What does not begin as a CONNECT is not waited for to its end. */
function checkFirstByte(first: number): void {
  if (first >> 4 === PacketType.connect) return;
  throw new ProtocolError(ReasonCode.protocolError, "MQTT-3.1.0-1", "the first packet is not CONNECT");
}

/** Bytes of a connection that has not sent its CONNECT, or not all of it. */
export function meet(connection: Connection, first: number): void {
  if (connection.partial === null) checkFirstByte(first);
  connection.context.strangers.leave(connection);
  if (!connection.busy && connection.context.turn.isLong) hearLater(connection);
}

/** Many clients that connect at the same moment hold up the others no more than one turn; this one is heard later. */
function hearLater(connection: Connection): void {
  connection.held = true;
  connection.context.parts.workLater(() => {
    connection.held = false;
    if (connection.phase === "opened") connection.resumeInput();
    return true;
  });
}
