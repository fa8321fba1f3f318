/** Hooks that Akasa ships: each small, usable from a configuration (`akasa:NAME`), and a model to copy. */
import type { Hooks } from "../hooks.ts";
import { auditLog } from "./audit-log.ts";
import { autoSubscribe } from "./auto-subscribe.ts";
import { delayedPublish } from "./delayed-publish.ts";
import { payloadSchema } from "./payload-schema.ts";
import { presence } from "./presence.ts";
import { topicRewrite } from "./topic-rewrite.ts";

export { auditLog, type AuditLogOptions } from "./audit-log.ts";
export { autoSubscribe, type AutoSubscribeOptions, type AutoSubscription } from "./auto-subscribe.ts";
export { delayedPublish, type DelayedPublishOptions } from "./delayed-publish.ts";
export { payloadSchema, type PayloadSchemaOptions, type TopicSchema } from "./payload-schema.ts";
export { presence, type PresenceOptions } from "./presence.ts";
export { type RewriteRule, topicRewrite, type TopicRewriteOptions } from "./topic-rewrite.ts";

/** Makes hooks of options that a file gives; `from` is where paths in them start. A TypeError says what is wrong. */
export type HookFactory = (options: Readonly<Record<string, unknown>>, from: string) => Hooks;

/** By the name that follows `akasa:`. Each checks its options itself. */
export const shippedHooks: ReadonlyMap<string, HookFactory> = new Map<string, HookFactory>(
  Object.entries({
    "audit-log": auditLog,
    "auto-subscribe": autoSubscribe,
    "delayed-publish": delayedPublish,
    "payload-schema": payloadSchema,
    presence,
    "topic-rewrite": topicRewrite,
  }) as [string, HookFactory][],
);
