import { type DisconnectPacket, ProtocolError, ReasonCode } from "../protocol/mod.ts";
import type { Session } from "../session/mod.ts";
import type { Connection } from "./connection.ts";
import { closeConnection } from "./farewell.ts";

/** DISCONNECT from the client (MQTT 5.0 section 3.14). */
export function handleDisconnect(connection: Connection, session: Session, packet: DisconnectPacket): void {
  const expiry = packet.properties.sessionExpiryInterval;
  if (expiry !== undefined) {
    // Section 3.14.2.2.2: a session that was to end with its connection cannot be kept afterwards. Not a valid
    // DISCONNECT then: the will stays armed.
    if (session.expirySeconds === 0 && expiry !== 0) {
      throw new ProtocolError(
        ReasonCode.protocolError,
        "3.14.2.2.2",
        "DISCONNECT raises a Session Expiry Interval that was 0",
      );
    }
    session.expirySeconds = Math.min(expiry, connection.context.settings.sessionExpirySecondsMax);
  }
  // [MQTT-3.14.4-3] In 3.1 and 3.1.1 every DISCONNECT is the normal one.
  if (packet.reasonCode === ReasonCode.normalDisconnection) session.will = null;
  closeConnection(connection, null, undefined, packet);
}
