import { allowed, type Decision } from "../auth/mod.ts";
import { decodePublish, type PublishFrame } from "../codec/mod.ts";
import { PacketType, ProtocolError, ReasonCode } from "../protocol/mod.ts";
import type { Topic } from "../router/mod.ts";
import { DeniedAction, Limit, type Session } from "../session/mod.ts";
import { publishAndAnswer, refusePublish } from "./answer-publish.ts";
import type { Connection } from "./connection.ts";
import { publishThroughHooks } from "./hooked-publish.ts";

const receiveMaximumOfV3 = 0xffff;

/** PUBLISH from a client (MQTT 5.0 section 3.3). */
export function handlePublish(
  connection: Connection,
  session: Session,
  first: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const { context } = connection;
  const frame = context.publishFrame;
  decodePublish(frame, first, bytes, start, end, connection.version);
  // Also of a message that is refused below: the mapping stands.
  const topic = topicOf(connection, frame);
  checkOffered(connection, frame);
  checkTopic(connection, topic);
  const { qos, packetId } = frame;
  // [MQTT-4.3.3-10] The identifier alone marks a repeat, whatever DUP says.
  if (qos === 2 && session.hasReceived(packetId)) {
    connection.acknowledgeAgain(PacketType.pubrec, packetId, ReasonCode.success);
    return;
  }
  if (qos > 0) checkReceiveMaximum(connection, session);
  if (topic.isReserved) {
    refusePublish(connection, frame, ReasonCode.notAuthorized, "topics that begin with $SYS are the server's");
    return;
  }
  const decision = connection.permissions === null ? allowed : connection.permissions.mayPublish(topic.name);
  if (decision === allowed) publish(connection, session, frame, topic);
  else if (decision instanceof Promise) waitToPublish(connection, session, decision, keep(first, bytes, start, end));
  else publishIfAllowed(connection, session, topic, decision);
}

/** Sends a message on, or refuses it, by what was decided; the packet is in the scratch frame. */
function publishIfAllowed(connection: Connection, session: Session, topic: Topic, decision: Decision): void {
  const { publishFrame, statistics } = connection.context;
  if (decision.allowed) {
    publish(connection, session, publishFrame, topic);
    return;
  }
  statistics.denied[DeniedAction.publish] = (statistics.denied[DeniedAction.publish] as number) + 1;
  connection.context.debug("publish denied", () => ({ clientId: session.clientId, topic: topic.name }));
  refusePublish(connection, publishFrame, ReasonCode.notAuthorized, decision.reason);
}

/** A PUBLISH that waits for a decision: its first byte and its body. */
interface KeptPublish {
  readonly first: number;
  readonly body: Buffer;
}

function keep(first: number, bytes: Buffer, start: number, end: number): KeptPublish {
  return { first, body: Buffer.from(bytes.subarray(start, end)) };
}

/** Only this client waits; what it sends behind the message keeps its order. */
function waitToPublish(
  connection: Connection,
  session: Session,
  answer: Promise<Decision>,
  { first, body }: KeptPublish,
): void {
  let decision: Decision = allowed;
  const judged = answer.then((later) => {
    decision = later;
  });
  connection.workOn(() => {
    const frame = connection.context.publishFrame;
    decodePublish(frame, first, body, 0, body.length, connection.version);
    publishIfAllowed(connection, session, topicOf(connection, frame), decision);
    return true;
  }, judged);
}

function publish(connection: Connection, session: Session, frame: PublishFrame, topic: Topic): void {
  const { context } = connection;
  const live = context.parts.live;
  live.fill(frame, topic, session.clientId, context.turn.now);
  if (context.parts.hooks.publishes) publishThroughHooks(connection, session, frame, topic);
  else publishAndAnswer(connection, session, frame, live, topic);
}

function topicOf(connection: Connection, frame: PublishFrame): Topic {
  const { context } = connection;
  const alias = frame.topicAlias;
  const { topicStart, topicEnd } = frame;
  if (alias === 0) {
    if (topicStart === topicEnd) {
      // [MQTT-4.7.3-1]
      throw new ProtocolError(ReasonCode.protocolError, "MQTT-4.7.3-1", "PUBLISH with neither topic nor alias");
    }
    return context.parts.router.topics.find(frame.bytes, topicStart, topicEnd);
  }
  // [MQTT-3.3.2-9] [MQTT-3.2.2-17] [MQTT-3.2.2-18]
  if (alias > context.settings.topicAliasMaximum) {
    throw new ProtocolError(
      ReasonCode.topicAliasInvalid,
      "MQTT-3.3.2-9",
      `topic alias ${alias}, the maximum is ${context.settings.topicAliasMaximum}`,
    );
  }
  const aliases = (connection.receivedAliases ??= []);
  if (topicStart === topicEnd) {
    const topic = aliases[alias];
    // [MQTT-3.3.2-7]
    if (topic === undefined) {
      throw new ProtocolError(ReasonCode.protocolError, "3.3.2.3.4", `topic alias ${alias} was not set`);
    }
    return topic;
  }
  const topic = context.parts.router.topics.find(frame.bytes, topicStart, topicEnd);
  aliases[alias] = topic;
  return topic;
}

/** The topic table lets through what any client may use. */
function checkTopic(connection: Connection, topic: Topic): void {
  const { topicLevelsMax, topicBytesMax } = connection.terms;
  if (topic.levels <= topicLevelsMax && topic.bytes.length <= topicBytesMax) return;
  connection.context.statistics.reached(Limit.topic);
  const message =
    topic.levels > topicLevelsMax
      ? `a topic name of ${topic.levels} levels, the maximum is ${topicLevelsMax}`
      : `a topic name of ${topic.bytes.length} bytes, the maximum is ${topicBytesMax}`;
  throw new ProtocolError(ReasonCode.topicNameInvalid, "4.7.3", message);
}

/** What CONNACK said is not to be had. */
function checkOffered(connection: Connection, frame: PublishFrame): void {
  const { settings } = connection.context;
  // [MQTT-3.2.2-11]
  if (frame.qos > settings.maximumQos) {
    throw new ProtocolError(ReasonCode.qosNotSupported, "MQTT-3.2.2-11", `PUBLISH with QoS ${frame.qos}`);
  }
  // [MQTT-3.2.2-14]
  if (frame.retain && !settings.retainAvailable) {
    throw new ProtocolError(ReasonCode.retainNotSupported, "MQTT-3.2.2-14", "PUBLISH with RETAIN");
  }
}

/** [MQTT-3.3.4-7] */
function checkReceiveMaximum(connection: Connection, session: Session): void {
  const maximum = connection.version === 5 ? connection.terms.receiveMaximum : receiveMaximumOfV3;
  if (session.unreleased + connection.unacknowledged >= maximum) {
    throw new ProtocolError(
      ReasonCode.receiveMaximumExceeded,
      "MQTT-3.3.4-7",
      `more than ${maximum} unacknowledged messages`,
    );
  }
}
