import type { Accepted, Verdict } from "../auth/mod.ts";
import type { Peer } from "../base/mod.ts";
import {
  checkFlags,
  connackSize,
  decodeConnect,
  encodeConnack,
  encodeForwardedProperties,
  sniffVersion,
} from "../codec/mod.ts";
import {
  type ConnackPacket,
  type ConnectPacket,
  isTopicName,
  PacketType,
  type Properties,
  ProtocolError,
  ReasonCode,
  type Will,
} from "../protocol/mod.ts";
import { type ArmedWill, neverExpires } from "../session/mod.ts";
import { Publication } from "../store/mod.ts";
import type { Connection } from "./connection.ts";
import { authorizeConnect } from "./authorize-connect.ts";
import { claimSession } from "./claim-session.ts";
import { EnhancedAuthentication } from "./enhanced-authentication.ts";
import { clientRefusal, noteFailedLogin, type Refusal, sessionRefusal, strangerRefusal, takeTerms } from "./admit.ts";
import { closeOver, refuseConnect } from "./farewell.ts";
import { authenticateByHooks, authorizeWill, connectThroughHooks, tellConnected } from "./hooked-connect.ts";
import { takeIdentity } from "./identity.ts";
import { logRefusal } from "./log-refusal.ts";
import { permissionsOf } from "./principal.ts";
import { sendPacket } from "./send-packet.ts";
import { SentAliases } from "./sent-aliases.ts";

/** What is settled about a client before its session is opened. */
interface Terms {
  readonly clientId: string;
  readonly assigned: boolean;
  readonly cleanStart: boolean;
  /** Seconds. */
  readonly keepAlive: number;
  /** Seconds. */
  readonly expirySeconds: number;
  readonly will: ArmedWill | null;
  /** The last words of enhanced authentication, null if there are none. */
  readonly last: Buffer | null;
}

/** The refusal of a client that nobody knows. */
const notKnown = {
  reasonCode: ReasonCode.badUserNameOrPassword,
  reason: "no authenticator knows the client",
} as const;

/** CONNECT (MQTT 5.0 section 3.1), up to the CONNACK that answers it. */
export function handleConnect(connection: Connection, first: number, bytes: Buffer, start: number, end: number): void {
  const version = sniffVersion(bytes, start, end);
  connection.connectSeen = version !== null;
  connection.version = version ?? connection.version;
  const { hooks } = connection.context.parts;
  // A hook may keep the packet longer than its bytes are ours.
  const own = hooks.beforeConnect === null ? null : Buffer.from(bytes.subarray(start, end));
  const packet = own === null ? decodeConnect(bytes, start, end) : decodeConnect(own, 0, own.length);
  checkFlags(first, packet.version);
  connection.version = packet.version;
  takeClientLimits(connection, packet);
  if (hooks.beforeConnect === null) judge(connection, packet, packet);
  else connectThroughHooks(connection, packet, hooks.beforeConnect, (left) => judge(connection, packet, left));
}

/** Judges the CONNECT `wanted`: the `packet` that the client sent, as hooks left it. */
function judge(connection: Connection, packet: ConnectPacket, wanted: ConnectPacket): void {
  const { hooks } = connection.context.parts;
  const terms = settle(connection, wanted, packet.clientId === "");
  const request = {
    clientId: terms.clientId,
    userName: wanted.userName,
    password: wanted.password,
    // Few authenticators ask, and it would cost every connection memory.
    get peer(): Peer {
      return connection.channel.peer;
    },
    listener: connection.entrance.name,
    isWaiting: () => connection.phase === "authenticating",
  };
  const refusal = strangerRefusal(connection);
  if (refusal !== null) {
    logRefusal(connection, terms.clientId, refusal);
    refuseConnect(connection, refusal.reasonCode, refusal.reason);
    return;
  }
  connection.phase = "authenticating";
  const { authenticationMethod: method, authenticationData } = wanted.properties;
  if (method !== undefined) {
    connection.enhanced = new EnhancedAuthentication(connection, method);
    connection.enhanced.begin(request, authenticationData, (verdict, last) => {
      decide(connection, packet, terms, verdict, last);
    });
    return;
  }
  const verdict =
    hooks.authenticate === null
      ? connection.entrance.authenticator.authenticate(request)
      : authenticateByHooks(connection, wanted, hooks.authenticate, request);
  if (!(verdict instanceof Promise)) {
    decide(connection, packet, terms, verdict);
    return;
  }
  // Only this connection waits: what it sends meanwhile is kept, and reading stops.
  connection.channel.pause();
  verdict.then(
    (answer) => decideLater(connection, packet, terms, answer),
    (error: unknown) => {
      if (connection.phase === "authenticating") closeOver(connection, error);
    },
  );
}

function decideLater(connection: Connection, packet: ConnectPacket, terms: Terms, verdict: Verdict): void {
  // The client may have gone, or been given up, while it waited.
  if (connection.phase !== "authenticating") return;
  connection.context.parts.journal.begin();
  try {
    decide(connection, packet, terms, verdict);
  } catch (error) {
    closeOver(connection, error);
  }
  if (connection.session !== null && !connection.connackWaits) connection.resumeInput();
}

function decide(
  connection: Connection,
  packet: ConnectPacket,
  terms: Terms,
  verdict: Verdict,
  last: Buffer | null = null,
): void {
  if (verdict.kind === "accepted") {
    const permissions = permissionsOf(connection, terms.clientId, verdict);
    const settled = { ...terms, last };
    const admit = (): void => {
      authorizeWill(connection, terms.clientId, terms.will, () => open(connection, packet, settled, verdict));
    };
    connection.identity = verdict;
    if (permissions === null) admit();
    else authorizeConnect(connection, permissions, terms.will, admit);
    return;
  }
  const refused = verdict.kind === "refused" ? verdict : notKnown;
  logRefusal(connection, terms.clientId, refused);
  noteFailedLogin(connection, refused.reasonCode);
  // [MQTT-3.1.4-2]
  const told = verdict.kind === "refused" ? verdict.told : undefined;
  refuseConnect(connection, refused.reasonCode, told ?? "the client is not authorised to connect");
}

/** What the client says it can take; also needed to refuse it in a form that it can take. */
function takeClientLimits(connection: Connection, packet: ConnectPacket): void {
  const { settings } = connection.context;
  const { maximumPacketSize, receiveMaximum, requestProblemInformation, topicAliasMaximum } = packet.properties;
  if (maximumPacketSize !== undefined) connection.clientPacketSizeMax = maximumPacketSize;
  if (receiveMaximum !== undefined) connection.sendQuota = receiveMaximum;
  if (requestProblemInformation === false) connection.problemInformation = false;
  // [MQTT-3.1.2-26] [MQTT-3.1.2-27]
  const aliases = Math.min(topicAliasMaximum ?? 0, settings.topicAliasMaximum);
  if (aliases > 0) connection.sentAliases = new SentAliases(aliases);
}

/** @throws ProtocolError the reason to refuse the CONNECT */
function settle(connection: Connection, packet: ConnectPacket, assigned: boolean): Terms {
  const { settings } = connection.context;
  checkClientId(packet, settings.clientIdLimited31);
  const clientId = packet.clientId === "" ? connection.context.parts.newClientId() : packet.clientId;
  const impliedExpiry = packet.version === 5 || packet.cleanStart ? 0 : neverExpires;
  const wanted = packet.properties.sessionExpiryInterval ?? impliedExpiry;
  return {
    clientId,
    assigned,
    cleanStart: packet.cleanStart,
    keepAlive: keepAliveOf(packet, settings.keepAliveMin, settings.keepAliveMax),
    expirySeconds: Math.min(wanted, settings.sessionExpirySecondsMax),
    will: packet.will === null ? null : armWill(connection, clientId, packet.will),
    last: null,
  };
}

function checkClientId(packet: ConnectPacket, limited31: boolean): void {
  const { version, clientId } = packet;
  const refuse = (rule: string, message: string): never => {
    throw new ProtocolError(ReasonCode.clientIdentifierNotValid, rule, message);
  };
  if (clientId === "") {
    // Assigned identifiers exist since 3.1.1, and there for clean sessions only [MQTT-3.1.3-8 of 3.1.1].
    if (version === 3) refuse("3.1 of MQTT 3.1", "an empty client identifier");
    if (version === 4 && !packet.cleanStart) refuse("MQTT-3.1.3-8", "an empty client identifier without clean session");
  }
  if (version === 3 && limited31 && clientId.length > 23) {
    refuse("3.1 of MQTT 3.1", "a client identifier of more than 23 characters");
  }
}

/** The keep alive to enforce, in seconds: the client's own, or the server's where that is told in CONNACK (5.0). */
function keepAliveOf(packet: ConnectPacket, min: number, max: number): number {
  const wanted = packet.keepAlive;
  // Before 5.0 there is no way to tell the client of another value, so its own counts.
  if (packet.version !== 5) return wanted;
  if (wanted === 0) return max === 0xffff ? 0 : max;
  return Math.min(Math.max(wanted, min), max);
}

function armWill(connection: Connection, clientId: string, will: Will): ArmedWill {
  const { settings, parts } = connection.context;
  const refuse = (reasonCode: ReasonCode, rule: string, message: string): never => {
    throw new ProtocolError(reasonCode, rule, message);
  };
  // [MQTT-3.2.2-12] [MQTT-3.2.2-13]
  if (will.qos > settings.maximumQos)
    refuse(ReasonCode.qosNotSupported, "MQTT-3.2.2-12", `a will with QoS ${will.qos}`);
  if (will.retain && !settings.retainAvailable) {
    refuse(ReasonCode.retainNotSupported, "MQTT-3.2.2-13", "a will with RETAIN");
  }
  if (!isTopicName(will.topic))
    return refuse(ReasonCode.topicNameInvalid, "MQTT-4.7.1-1", "the will topic is not valid");
  const topic = parts.router.topics.findName(will.topic);
  if (topic.isReserved) refuse(ReasonCode.topicNameInvalid, "4.7.2", "topics that begin with $SYS are the server's");
  const publication = new Publication({
    topic,
    payload: will.payload,
    properties: encodeForwardedProperties(will.properties),
    qos: will.qos,
    retain: will.retain,
    messageExpiryInterval: will.properties.messageExpiryInterval ?? -1,
    receivedAt: connection.context.turn.now,
    publisherId: clientId,
  });
  return { publication, delaySeconds: will.properties.willDelayInterval ?? 0 };
}

function open(connection: Connection, packet: ConnectPacket, terms: Terms, identity: Accepted): void {
  const { claims } = connection.context.parts;
  const { clientId } = terms;
  const refusal =
    clientRefusal(connection, clientId) ?? (claims === null ? sessionRefusal(connection, clientId) : null);
  if (refusal !== null) {
    turnAway(connection, clientId, refusal);
    return;
  }
  takeTerms(connection, identity);
  // Before the session is touched: this may still refuse.
  if (terms.expirySeconds > 0 && connection.context.parts.journal.refuses && mustBeStored(connection, packet, terms)) {
    throw new ProtocolError(ReasonCode.serverUnavailable, "4.1", "the session cannot be stored now");
  }
  const connack = makeConnack(connection, packet, terms);
  if (claims === null) {
    openSession(connection, packet, { ...terms, connack }, identity);
    return;
  }
  claimSession(connection, claims, { clientId, cleanStart: packet.cleanStart }, (isElsewhere) => {
    // One that is taken over at once must not hear that its session is gone.
    const sessionPresent = isElsewhere && !packet.cleanStart;
    // Only now it is known whether the client has a session, which counts already.
    const tooMany = sessionRefusal(connection, clientId);
    if (tooMany !== null) turnAway(connection, clientId, tooMany);
    else openSession(connection, packet, { ...terms, connack: { ...connack, sessionPresent } }, identity);
  });
}

function turnAway(connection: Connection, clientId: string, refusal: Refusal): void {
  logRefusal(connection, clientId, refusal);
  refuseConnect(connection, refusal.reasonCode, refusal.reason);
}

function openSession(
  connection: Connection,
  packet: ConnectPacket,
  terms: Terms & { readonly connack: ConnackPacket },
  identity: Accepted,
): void {
  const { parts } = connection.context;
  const { session, present } = parts.sessions.open({
    clientId: terms.clientId,
    cleanStart: terms.cleanStart,
    expirySeconds: terms.expirySeconds,
    outlet: connection,
    permissions: connection.permissions,
    queueLimits: connection.terms,
    will: terms.will,
  });
  connection.phase = "open";
  takeIdentity(connection, identity);
  connection.session = session;
  connection.silenceMax = terms.keepAlive * 1500;
  if (terms.keepAlive === 0) parts.wheel.cancel(connection);
  else parts.wheel.schedule(connection, connection.context.turn.now + connection.silenceMax);
  const accepted = { ...terms.connack, sessionPresent: present || terms.connack.sessionPresent };
  const send = (): void =>
    sendPacket(connection, PacketType.connack, connackSize(accepted, packet.version), (target, at) =>
      encodeConnack(target, at, accepted, packet.version),
    );
  if (!present && session.durable !== null) sendWhenStored(connection, send);
  else send();
  connection.context.debug("client connected", () => ({
    clientId: terms.clientId,
    userName: identity.userName,
    listener: connection.entrance.name,
    address: connection.channel.remoteAddress,
    proxy: connection.channel.peer.proxy,
    tls: connection.channel.peer.tls?.version,
    serverName: connection.channel.peer.tls?.serverName,
    version: packet.version,
    sessionPresent: present,
  }));
  tellConnected(connection, session, present);
  if (!present) return;
  session.rewind();
  connection.pump();
}

/** True for a session that the store does not have yet. */
function mustBeStored(connection: Connection, packet: ConnectPacket, terms: Terms): boolean {
  const { journal, sessions } = connection.context.parts;
  return journal.log !== null && (packet.cleanStart || sessions.get(terms.clientId) === null);
}

/** A new session is promised once it is safe. Nothing can be delivered to it before, so nothing overtakes CONNACK. */
function sendWhenStored(connection: Connection, send: () => void): void {
  connection.connackWaits = true;
  connection.held = true;
  connection.answer(PacketType.connack, 0, () => {
    connection.connackWaits = false;
    send();
    connection.held = false;
  });
}

function makeConnack(connection: Connection, packet: ConnectPacket, terms: Terms): ConnackPacket {
  const properties = packet.version === 5 ? offered(connection, packet, terms) : {};
  const connack: ConnackPacket = {
    type: "connack",
    sessionPresent: false,
    reasonCode: ReasonCode.success,
    properties,
  };
  // [MQTT-3.1.2-24] A client that takes no CONNACK of this size cannot be served.
  if (connackSize(connack, packet.version) > connection.clientPacketSizeMax) {
    throw new ProtocolError(ReasonCode.packetTooLarge, "MQTT-3.1.2-24", "CONNACK exceeds the Maximum Packet Size");
  }
  return connack;
}

/** What CONNACK has to tell a 5.0 client (section 3.2.2.3): all that differs from what absence would mean. */
function offered(connection: Connection, packet: ConnectPacket, terms: Terms): Properties {
  const { settings } = connection.context;
  const properties: Properties = { maximumPacketSize: connection.terms.packetSizeMax };
  // [MQTT-4.12.0-5]
  if (connection.enhanced !== null) properties.authenticationMethod = connection.enhanced.method;
  if (terms.last !== null) properties.authenticationData = terms.last;
  // [MQTT-3.1.3-7] [MQTT-3.2.2-16]
  if (terms.assigned) properties.assignedClientIdentifier = terms.clientId;
  if (terms.keepAlive !== packet.keepAlive) properties.serverKeepAlive = terms.keepAlive;
  if (terms.expirySeconds !== (packet.properties.sessionExpiryInterval ?? 0)) {
    properties.sessionExpiryInterval = terms.expirySeconds;
  }
  const { receiveMaximum } = connection.terms;
  if (receiveMaximum < 0xffff) properties.receiveMaximum = receiveMaximum;
  // [MQTT-3.2.2-9]
  if (settings.maximumQos < 2) properties.maximumQos = settings.maximumQos as 0 | 1;
  if (settings.topicAliasMaximum > 0) properties.topicAliasMaximum = settings.topicAliasMaximum;
  if (!settings.retainAvailable) properties.retainAvailable = false;
  if (!settings.wildcardSubscriptionAvailable) properties.wildcardSubscriptionAvailable = false;
  if (!settings.subscriptionIdentifierAvailable) properties.subscriptionIdentifierAvailable = false;
  if (!settings.sharedSubscriptionAvailable) properties.sharedSubscriptionAvailable = false;
  return properties;
}
