import type { HookBroker } from "../hook-broker.ts";
import type { Client } from "../hook-client.ts";
import type { Hooks } from "../hooks.ts";
import { checkNames, switchOption } from "./read-option.ts";

/** Options of {@link auditLog}. */
export interface AuditLogOptions {
  /** Also a line for each message that a client publishes; default false. */
  readonly publish?: boolean;
}

/**
 * Logs who did what: connections, subscriptions, and on demand messages. Never a payload, a password or the like.
 */
export function auditLog(options: AuditLogOptions = {}): Hooks {
  checkNames(options, ["publish"]);
  const hooks: Hooks = {
    afterConnect({ client, sessionPresent }, broker) {
      line(broker, client, "connected", { address: client.remoteAddress, listener: client.listener, sessionPresent });
    },
    disconnected({ client, reasonCode, reason, takenOver }, broker) {
      line(broker, client, "disconnected", { reasonCode, reason, takenOver });
    },
    afterSubscribe({ client, entries, reasonCodes }, broker) {
      for (const [index, { filter }] of entries.entries()) {
        line(broker, client, "subscribed", { filter, reasonCode: reasonCodes[index] ?? null });
      }
    },
    afterUnsubscribe({ client, filters, reasonCodes }, broker) {
      for (const [index, filter] of filters.entries()) {
        line(broker, client, "unsubscribed", { filter, reasonCode: reasonCodes[index] ?? null });
      }
    },
  };
  if (!switchOption("publish", options.publish, false)) return hooks;
  return {
    ...hooks,
    afterPublish({ message, matched }, broker) {
      const { topic, qos, retain, payloadBytes } = message;
      if (message.client !== null)
        line(broker, message.client, "published", { topic, qos, retain, payloadBytes, matched });
    },
  };
}

function line(
  broker: HookBroker,
  client: Client,
  event: string,
  fields: Readonly<Record<string, string | number | boolean | null>>,
): void {
  broker.logger.info(`audit: ${event}`, { clientId: client.id, userName: client.userName, ...fields });
}
