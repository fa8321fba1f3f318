import type { Peer } from "../base/mod.ts";
import type { Accepted, Refused } from "../auth/mod.ts";
import { checkFlags, decodeAuth, decodeDisconnect } from "../codec/mod.ts";
import { type AuthPacket, PacketType, ProtocolError, ReasonCode } from "../protocol/mod.ts";
import type { Session } from "../session/mod.ts";
import { noteFailedLogin, retakeTerms } from "./admit.ts";
import type { Connection } from "./connection.ts";
import type { EnhancedAuthentication } from "./enhanced-authentication.ts";
import { closeConnection } from "./farewell.ts";
import { takeIdentity } from "./identity.ts";
import { logRefusal } from "./log-refusal.ts";
import { permissionsOf } from "./principal.ts";

/**
 * A packet between CONNECT and CONNACK, from a client that is being authenticated.
 * @throws ProtocolError what the client did wrong
 */
export function handleHandshake(
  connection: Connection,
  first: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  checkFlags(first, connection.version);
  switch (first >> 4) {
    case PacketType.auth: {
      const packet = decodeAuth(bytes, start, end);
      const authentication = authenticationOf(connection, packet);
      if (packet.reasonCode === ReasonCode.continueAuthentication) {
        authentication.goOn(packet.properties.authenticationData);
        return;
      }
      throw new ProtocolError(ReasonCode.protocolError, "MQTT-4.12.0-3", "AUTH with another code than 0x18");
    }
    case PacketType.disconnect:
      decodeDisconnect(bytes, start, end, connection.version);
      closeConnection(connection, null);
      return;
    default:
      // [MQTT-3.1.2-30]
      throw new ProtocolError(ReasonCode.protocolError, "MQTT-3.1.2-30", "neither AUTH nor DISCONNECT before CONNACK");
  }
}

/**
 * AUTH on an open connection: the client proves itself anew (section 4.12.1).
 * @throws ProtocolError what the client did wrong
 */
export function handleAuth(connection: Connection, session: Session, packet: AuthPacket): void {
  const authentication = authenticationOf(connection, packet);
  const data = packet.properties.authenticationData;
  if (packet.reasonCode === ReasonCode.continueAuthentication) {
    authentication.goOn(data);
    return;
  }
  const request = {
    clientId: session.clientId,
    userName: null,
    password: null,
    get peer(): Peer {
      return connection.channel.peer;
    },
    listener: connection.entrance.name,
  };
  authentication.begin(request, data, (verdict, last) => {
    conclude(connection, session.clientId, authentication, { verdict, last });
  });
}

interface Conclusion {
  readonly verdict: Accepted | Refused;
  readonly last: Buffer | null;
}

function conclude(
  connection: Connection,
  clientId: string,
  authentication: EnhancedAuthentication,
  { verdict, last }: Conclusion,
): void {
  const refusal = verdict.kind === "accepted" ? strangerProblem(connection, verdict) : verdict;
  if (refusal !== null) {
    logRefusal(connection, clientId, refusal);
    noteFailedLogin(connection, refusal.reasonCode);
    // [MQTT-4.12.1-2] DISCONNECT knows no 0x86.
    closeConnection(connection, ReasonCode.notAuthorized, "the client could not prove itself again");
    return;
  }
  const identity = verdict as Accepted;
  takeIdentity(connection, identity);
  // Groups, rules and limits may be others now.
  connection.permissions = permissionsOf(connection, clientId, identity);
  if (connection.session !== null) connection.session.permissions = connection.permissions;
  retakeTerms(connection, identity);
  authentication.send(ReasonCode.success, last);
}

/** The session, its subscriptions and its queue were opened for one user, and stay with that one. */
function strangerProblem(connection: Connection, { userName }: Accepted): Refused | null {
  if (userName === connection.identity.userName) return null;
  const reason = "it proves to be another user than the one who connected";
  return { kind: "refused", reasonCode: ReasonCode.notAuthorized, reason };
}

function authenticationOf(connection: Connection, packet: AuthPacket): EnhancedAuthentication {
  const { enhanced } = connection;
  if (enhanced === null) {
    // [MQTT-4.12.0-7] AUTH from a client that connected without an Authentication Method.
    throw new ProtocolError(ReasonCode.protocolError, "MQTT-4.12.0-7", "AUTH without an authentication method");
  }
  if (packet.properties.authenticationMethod !== enhanced.method) {
    // [MQTT-4.12.0-5] [MQTT-4.12.1-1]
    const message = "AUTH with another authentication method than CONNECT";
    throw new ProtocolError(ReasonCode.badAuthenticationMethod, "MQTT-4.12.1-1", message);
  }
  return enhanced;
}
