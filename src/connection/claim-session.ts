import { ProtocolError, ReasonCode } from "../protocol/mod.ts";
import { type ClaimingClient, ClaimOutcome, type SessionClaims } from "../session/mod.ts";
import type { Connection } from "./connection.ts";
import { closeOver } from "./farewell.ts";

/**
 * Brings the client's session to this shard first, then goes on with `open`.
 * @param open is told whether the session stays on another shard, where the client has connected since
 */
export function claimSession(
  connection: Connection,
  claims: SessionClaims,
  client: ClaimingClient,
  open: (isElsewhere: boolean) => void,
): void {
  connection.phase = "authenticating";
  connection.channel.pause();
  claims.claim(client, (outcome) => {
    // The client may have gone, or been given up, while it waited.
    if (connection.phase !== "authenticating") return;
    try {
      if (outcome === ClaimOutcome.unavailable) {
        throw new ProtocolError(ReasonCode.serverUnavailable, "4.1", "the session is not at hand now");
      }
      // [MQTT-3.1.4-3] It has connected again meanwhile, on another shard: so this connection is the older one, which
      // is let in and then taken over. Its will is published; the session is not here, and stays where it is.
      const isElsewhere = outcome === ClaimOutcome.superseded;
      open(isElsewhere);
      if (isElsewhere) endAtOnce(connection);
    } catch (error) {
      closeOver(connection, error);
    }
    if (connection.session !== null) connection.resumeInput();
  });
}

function endAtOnce(connection: Connection): void {
  const { session } = connection;
  if (session === null) return;
  // A will that is delayed is not published: the client is back already.
  if (session.will !== null && session.will.delaySeconds > 0) session.will = null;
  connection.context.parts.sessions.surrender(session.clientId, true);
}
