/**
 * The extension interface: what programs hang into a broker, typed, one set for all versions of MQTT. This floor says
 * what the hooks are and runs them; the floors that handle connections, sessions and messages call it.
 */
export { defineHooks, type Hooks } from "./hooks.ts";
export type {
  DisconnectOptions,
  HookBroker,
  LocalSubscription,
  OutgoingMessage,
  PublishReport,
  SubscribeOptions,
} from "./hook-broker.ts";
export type { Client } from "./hook-client.ts";
export type {
  Acknowledged,
  ConnectAttempt,
  Connected,
  Delivery,
  Disconnected,
  DroppedMessages,
  Message,
  Published,
  PublishRight,
  ReadonlyMessage,
  SessionChange,
  SessionDiscarded,
  Subscribed,
  SubscribeRequest,
  SubscribeRight,
  Unsubscribed,
  UnsubscribeRequest,
  WillPublished,
} from "./hook-events.ts";
export { checkHooks, type HookReference, loadHookModules } from "./hook-loader.ts";
export { replaceHooks, startHooks, stopHooks } from "./hook-lifecycle.ts";
export { HookMessage } from "./hook-message.ts";
export {
  type DecidingPoint,
  type EventOf,
  type HookModule,
  type HookPoint,
  type HookPointName,
  hookPointNames,
  type ObservingPoint,
  observingPoints,
} from "./hook-point.ts";
export { defaultHookLimits, type HookLimits, HookRunner, type HookServices } from "./hook-runner.ts";
export { type HookSwitch, hookSwitches } from "./hook-switches.ts";
export { HookStatistics } from "./hook-statistics.ts";
export {
  accept,
  type Accepted,
  allow,
  type Allowed,
  type Answer,
  delay,
  type Delayed,
  drop,
  type Dropped,
  type LaterAnswer,
  refuse,
  type Refused,
} from "./hook-verdict.ts";
export {
  auditLog,
  type AuditLogOptions,
  autoSubscribe,
  type AutoSubscribeOptions,
  type AutoSubscription,
  delayedPublish,
  type DelayedPublishOptions,
  payloadSchema,
  type PayloadSchemaOptions,
  presence,
  type PresenceOptions,
  type RewriteRule,
  shippedHooks,
  topicRewrite,
  type TopicRewriteOptions,
  type TopicSchema,
} from "./library/mod.ts";
