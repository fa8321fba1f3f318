import type { AuthenticationRequest, Verdict } from "../auth/mod.ts";
import type { Peer } from "../base/mod.ts";
import type { Accepted, Allowed, ConnectAttempt, HookPoint, Refused } from "../hooks/mod.ts";
import { type ConnectPacket, PacketType, type ReasonCode } from "../protocol/mod.ts";
import type { ArmedWill, Session } from "../session/mod.ts";
import { failureIn } from "./answer-code.ts";
import { ConnectedClient } from "./connected-client.ts";
import type { Connection } from "./connection.ts";
import { refuseConnect } from "./farewell.ts";
import { park } from "./park.ts";

/** Shows a CONNECT to the hooks; `proceed` gets it as they left it. `packet` must own its bytes. */
export function connectThroughHooks(
  connection: Connection,
  packet: ConnectPacket,
  point: HookPoint<"beforeConnect">,
  proceed: (packet: ConnectPacket) => void,
): void {
  const attempt = attemptOf(connection, packet);
  connection.phase = "authenticating";
  const answer = connection.context.parts.hooks.decide(point, attempt);
  const goOn = (verdict: Refused | null): void => {
    if (verdict === null) proceed(changed(packet, attempt));
    else refuseConnect(connection, failureIn(PacketType.connack, verdict.reasonCode), verdict.reason ?? refusedText);
  };
  if (answer instanceof Promise) park(connection, answer, goOn);
  else goOn(answer);
}

/** Asks the hooks who the client is, and where they do not say the configured authenticators. */
export function authenticateByHooks(
  connection: Connection,
  packet: ConnectPacket,
  point: HookPoint<"authenticate">,
  request: AuthenticationRequest,
): Verdict | Promise<Verdict> {
  const attempt = attemptOf(connection, packet);
  const { hooks } = connection.context.parts;
  const { authenticator } = connection.entrance;
  const { clientId, userName, listener } = request;
  const own = {
    clientId,
    userName,
    password: attempt.password,
    listener,
    get peer(): Peer {
      return connection.channel.peer;
    },
  };
  const judged = (verdict: Accepted | Refused | null): Verdict | Promise<Verdict> => {
    if (verdict === null) return authenticator.authenticate(own);
    if (verdict.kind === "accepted")
      return { ...verdict, userName: verdict.userName === undefined ? userName : verdict.userName };
    const reasonCode = failureIn(PacketType.connack, verdict.reasonCode);
    const told = verdict.reason ?? refusedText;
    return { kind: "refused", reasonCode, reason: told, told };
  };
  const answer = hooks.decide(point, attempt);
  return answer instanceof Promise ? answer.then(judged) : judged(answer);
}

/** Asks the hooks whether the client may publish its will; `proceed` runs where it may, or has none. */
export function authorizeWill(
  connection: Connection,
  clientId: string,
  will: ArmedWill | null,
  proceed: () => void,
): void {
  const { hooks } = connection.context.parts;
  if (will === null || hooks.authorizePublish === null) {
    proceed();
    return;
  }
  const { topic, qos, retain } = will.publication;
  const client = new ConnectedClient(clientId, connection);
  const answer = hooks.decide(hooks.authorizePublish, { client, topic: topic.name, qos, retain, will: true });
  const goOn = (verdict: Allowed | Refused | null): void => {
    if (verdict?.kind !== "refused") {
      proceed();
      return;
    }
    const reason = verdict.reason ?? "a hook has refused the will";
    refuseConnect(connection, failureIn(PacketType.connack, verdict.reasonCode), reason);
  };
  if (answer instanceof Promise) park(connection, answer, goOn);
  else goOn(answer);
}

/** Tells that a client was let in. */
export function tellConnected(connection: Connection, session: Session, sessionPresent: boolean): void {
  const { hooks } = connection.context.parts;
  if (hooks.afterConnect === null) return;
  hooks.observe(hooks.afterConnect, { client: new ConnectedClient(session.clientId, connection), sessionPresent });
}

/** Tells that a connection is over that {@link tellConnected} has told of. */
export function tellDisconnected(
  connection: Connection,
  session: Session,
  how: { readonly reasonCode: ReasonCode | null; readonly reason?: string; readonly takenOver?: boolean },
): void {
  const { hooks } = connection.context.parts;
  if (hooks.disconnected === null) return;
  const { reasonCode, reason = "", takenOver = false } = how;
  const client = new ConnectedClient(session.clientId, connection);
  hooks.observe(hooks.disconnected, { client, reasonCode, reason, takenOver });
}

const refusedText = "a hook has refused the connection";

function attemptOf(connection: Connection, packet: ConnectPacket): ConnectAttempt {
  const { clientId, userName, password, cleanStart, keepAlive, will, version, properties } = packet;
  return {
    clientId,
    userName,
    password: password === null ? null : Buffer.from(password),
    cleanStart,
    keepAlive,
    sessionExpirySeconds: null,
    will: will === null ? null : { topic: will.topic, qos: will.qos, retain: will.retain },
    protocolVersion: version,
    get remoteAddress(): string {
      return connection.channel.remoteAddress;
    },
    get peer(): Peer {
      return connection.channel.peer;
    },
    listener: connection.entrance.name,
    properties,
  };
}

function changed(packet: ConnectPacket, attempt: ConnectAttempt): ConnectPacket {
  const { clientId, userName, password, cleanStart, sessionExpirySeconds } = attempt;
  const { properties } = packet;
  return {
    ...packet,
    clientId,
    userName,
    password,
    cleanStart,
    // Older clients cannot be told of another keep alive.
    keepAlive: packet.version === 5 ? attempt.keepAlive : packet.keepAlive,
    will: attempt.will === false || attempt.will === null ? null : packet.will,
    properties:
      sessionExpirySeconds === null ? properties : { ...properties, sessionExpiryInterval: sessionExpirySeconds },
  };
}
