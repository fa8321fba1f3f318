/**
 * Akasa inside a program of your own: {@link createBroker} makes a broker of a configuration and of hooks, which
 * {@link defineHooks} types.
 *
 *     import { createBroker, defineHooks } from "akasa";
 *
 *     const hooks = defineHooks({
 *       beforePublish(message) {
 *         message.topic = `site/7/${message.topic}`;
 *       },
 *     });
 *     await using broker = createBroker({ listeners: { mqtt: { addr: "127.0.0.1:0" } } }, { hooks });
 *     await broker.start();
 *     console.log(`listening on port ${broker.listeners[0].port}`);
 *     await broker.subscribe("site/#", (message) => console.log(message.topic, message.payload.toString()));
 *     await broker.publish({ topic: "site/7/hello", payload: "world" });
 *
 * {@link startBroker} does the same in one step for a configuration that {@link loadConfig} has read from a file.
 *
 * What the world does to it (a port in use, a bad configuration) is thrown as a {@link WorldError} with a code.
 */
export {
  type Clock,
  type LogFields,
  type Logger,
  ManualClock,
  type Random,
  SeededRandom,
  systemClock,
  type Timer,
  WorldError,
  type WorldErrorCode,
} from "./base/mod.ts";
export {
  type Broker,
  type BrokerGauges,
  type BrokerListener,
  type BrokerReading,
  type BrokerServices,
  createBroker,
  type EmbeddedBroker,
  startBroker,
} from "./broker/mod.ts";
export {
  accept,
  type Accepted,
  type Acknowledged,
  allow,
  type Allowed,
  type Answer,
  auditLog,
  type AuditLogOptions,
  autoSubscribe,
  type AutoSubscribeOptions,
  type AutoSubscription,
  type Client,
  type ConnectAttempt,
  type Connected,
  defineHooks,
  delayedPublish,
  type DelayedPublishOptions,
  type Delivery,
  type Disconnected,
  type DisconnectOptions,
  delay,
  type Delayed,
  drop,
  type Dropped,
  type DroppedMessages,
  type HookBroker,
  type Hooks,
  type HookStatistics,
  type LaterAnswer,
  type LocalSubscription,
  type Message,
  type OutgoingMessage,
  payloadSchema,
  type PayloadSchemaOptions,
  presence,
  type PresenceOptions,
  type Published,
  type PublishReport,
  type PublishRight,
  type ReadonlyMessage,
  refuse,
  type Refused,
  type RewriteRule,
  type SessionChange,
  type SessionDiscarded,
  type Subscribed,
  type SubscribeOptions,
  type SubscribeRequest,
  type SubscribeRight,
  topicRewrite,
  type TopicRewriteOptions,
  type TopicSchema,
  type Unsubscribed,
  type UnsubscribeRequest,
  type WillPublished,
} from "./hooks/mod.ts";
export { type ProtocolVersion, type Properties, type Qos, ReasonCode, type SubscribeEntry } from "./protocol/mod.ts";
export {
  type Config,
  type ConfigSettings,
  type ConfigSource,
  type ConfigWarning,
  createConfig,
  defaultConfig,
  type HookReference,
  loadConfig,
  type LoadedConfig,
} from "./config/mod.ts";
