import type { PublishFrame } from "../codec/mod.ts";
import {
  type Delayed,
  type Dropped,
  HookMessage,
  type HookRunner,
  type PublishRight,
  type Refused,
} from "../hooks/mod.ts";
import { PacketType, ReasonCode, topicName } from "../protocol/mod.ts";
import type { Topic } from "../router/mod.ts";
import type { Publication } from "../store/mod.ts";
import { PublishOutcome, type Session } from "../session/mod.ts";
import { failureIn } from "./answer-code.ts";
import {
  answerPublish,
  delayAndAnswer,
  publishAndAnswer,
  type PublishOrigin,
  refusePublish,
} from "./answer-publish.ts";
import { ConnectedClient } from "./connected-client.ts";
import type { Connection } from "./connection.ts";
import { park } from "./park.ts";

type PublishVerdict = Refused | Dropped | Delayed | null;

/** Publishes the message that the shard's `live` points at, as the hooks want it. */
export function publishThroughHooks(connection: Connection, session: Session, frame: PublishFrame, topic: Topic): void {
  const { hooks, live } = connection.context.parts;
  const message = new HookMessage(live, new ConnectedClient(session.clientId, connection));
  const verdict = judge(hooks, message);
  if (verdict instanceof Promise) {
    message.keep();
    const origin = { qos: frame.qos, packetId: frame.packetId };
    park(connection, verdict, (later) => finish(connection, session, origin, message, topic, later));
    return;
  }
  finish(connection, session, frame, message, topic, verdict);
}

function judge(hooks: HookRunner, message: HookMessage): PublishVerdict | Promise<PublishVerdict> {
  if (hooks.authorizePublish === null) return change(hooks, message);
  const answer = hooks.decide(hooks.authorizePublish, rightOf(message));
  if (answer instanceof Promise) {
    return answer.then((later) => (later?.kind === "refused" ? later : change(hooks, message)));
  }
  return answer?.kind === "refused" ? answer : change(hooks, message);
}

function change(hooks: HookRunner, message: HookMessage): PublishVerdict | Promise<PublishVerdict> {
  return hooks.beforePublish === null ? null : hooks.decide(hooks.beforePublish, message);
}

function rightOf({ client, topic, qos, retain }: HookMessage): PublishRight {
  return { client: client as ConnectedClient, topic, qos, retain, will: false };
}

function finish(
  connection: Connection,
  session: Session,
  origin: PublishOrigin,
  message: HookMessage,
  topic: Topic,
  verdict: PublishVerdict,
): void {
  const { hooks, router, live } = connection.context.parts;
  // A hook may have disconnected the client whose message this is.
  if (connection.phase !== "open") return;
  if (verdict?.kind === "refused") {
    const { reasonCode, reason = "a hook has refused the message" } = verdict;
    refusePublish(connection, origin, failureIn(PacketType.puback, reasonCode), reason);
    return;
  }
  if (verdict?.kind === "dropped") {
    connection.context.parts.journal.begin();
    answerPublish(connection, session, origin, verdict.reasonCode ?? ReasonCode.success);
    return;
  }
  const target = message.topic === topic.name ? topic : router.topics.findName(topicName(message.topic));
  if (target !== topic && target.isReserved) {
    refusePublish(connection, origin, ReasonCode.notAuthorized, "topics that begin with $SYS are the server's");
    return;
  }
  let publication = live as Publication;
  // The bytes as they came go elsewhere: nothing is copied.
  if (message.shows(live) && !message.bodyChanged) live.redirect(target, message.qos, message.retain);
  else publication = message.result();
  if (verdict?.kind === "delayed") {
    delayAndAnswer(connection, session, origin, { publication, topic: target, delay: verdict });
    message.seal();
    return;
  }
  const outcome = publishAndAnswer(connection, session, origin, publication, target);
  if (hooks.afterPublish === null) {
    message.seal();
    return;
  }
  // The message as it was published, not as it came.
  const published = message.changed ? new HookMessage(publication, message.client) : message;
  const event = { message: published, matched: outcome === PublishOutcome.matched };
  hooks.observe(hooks.afterPublish, event, published);
}
