import type { Accepted, Refused } from "../auth/mod.ts";
import { ReasonCode } from "../protocol/mod.ts";
import { Limit } from "../session/mod.ts";
import { withLimits } from "./client-terms.ts";
import type { Connection } from "./connection.ts";
import { Intake } from "./intake.ts";

/** Why a client is not let in. */
export type Refusal = Omit<Refused, "kind">;

const tooManyConnects: Refusal = {
  reasonCode: ReasonCode.connectionRateExceeded,
  reason: "too many clients connect at the same time",
};
const bannedAddress: Refusal = {
  reasonCode: ReasonCode.banned,
  reason: "too many failed logins from this address; wait before the next one",
};
const flapping: Refusal = {
  reasonCode: ReasonCode.banned,
  reason: "the client connects too often; wait before the next time",
};
const tooManySessions: Refusal = {
  reasonCode: ReasonCode.quotaExceeded,
  reason: "the limit of sessions is reached",
};

/** Why a CONNECT is refused before anybody looks at who it is from; null: it is not. */
export function strangerRefusal(connection: Connection): Refusal | null {
  const { parts, turn } = connection.context;
  if (!connection.entrance.gate.connect(turn.now)) return tooManyConnects;
  const { admission } = parts;
  if (!admission.countsLogins) return null;
  return admission.isBanned(connection.channel.peer.address, turn.now) ? bannedAddress : null;
}

/** Why a client that has proved itself is not let in; null: it is. */
export function clientRefusal(connection: Connection, clientId: string): Refusal | null {
  const { parts, turn } = connection.context;
  return parts.admission.mayOpen(clientId, turn.now) ? null : flapping;
}

/** Why a client that was let in gets no session; null: it does. Where there are several shards its own is here now. */
export function sessionRefusal(connection: Connection, clientId: string): Refusal | null {
  const { parts, settings, statistics } = connection.context;
  const sessions = parts.sessions.size + statistics.elsewhere.sessions;
  if (sessions < settings.sessionsMax || parts.sessions.get(clientId) !== null) return null;
  statistics.reached(Limit.sessions);
  return tooManySessions;
}

/** A login was refused: for what the client said, or because we are busy, which is none of its faults. */
export function noteFailedLogin(connection: Connection, reasonCode: ReasonCode): void {
  const { parts, turn } = connection.context;
  if (!parts.admission.countsLogins) return;
  if (reasonCode !== ReasonCode.badUserNameOrPassword && reasonCode !== ReasonCode.notAuthorized) return;
  const { address } = connection.channel.peer;
  if (!parts.admission.failedLogin(address, turn.now)) return;
  parts.logger.warn("address banned after failed logins", { address });
}

/** The limits of a client that was let in. */
export function takeTerms(connection: Connection, identity: Accepted): void {
  connection.terms = withLimits(connection.terms, identity.limits);
  connection.sendQuota = Math.min(connection.sendQuota, connection.terms.sendQuotaMax);
  readAtRate(connection);
}

/** The limits of a client that has proved itself anew; what CONNACK told of stays as it was told. */
export function retakeTerms(connection: Connection, identity: Accepted): void {
  const { packetSizeMax, receiveMaximum } = connection.terms;
  const rested = connection.intake?.resting === true;
  connection.intake?.cancel();
  connection.intake = null;
  connection.terms = { ...withLimits(connection.entrance.terms, identity.limits), packetSizeMax, receiveMaximum };
  if (connection.session !== null) connection.session.queueLimits = connection.terms;
  readAtRate(connection);
  if (rested) connection.wake();
}

function readAtRate(connection: Connection): void {
  const { messagesPerSecond, bytesPerSecond } = connection.terms;
  if (messagesPerSecond > 0 || bytesPerSecond > 0) connection.intake = new Intake(connection, connection.terms);
}
