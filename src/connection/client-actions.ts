import { allowed } from "../auth/mod.ts";
import type { Client } from "../hooks/mod.ts";
import type { ReasonCode, SubscribeEntry, TopicName } from "../protocol/mod.ts";
import { ConnectedClient } from "./connected-client.ts";
import { Connection } from "./connection.ts";
import type { ConnectionContext } from "./context.ts";
import { closeConnection } from "./farewell.ts";
import { unsubscribe } from "./handle-unsubscribe.ts";
import { subscribe } from "./subscribe-work.ts";

/** Connected clients. */
export function* connectedClients(context: ConnectionContext): IterableIterator<Client> {
  for (const connection of context.connections) {
    if (connection.session !== null) yield new ConnectedClient(connection.session.clientId, connection);
  }
}

/** The connected client of that identifier, or null. */
export function connectedClient(context: ConnectionContext, clientId: string): Client | null {
  const connection = connectionOf(context, clientId);
  return connection === null ? null : new ConnectedClient(clientId, connection);
}

/** Subscribes a client as if it had asked for it; null if it is not connected. */
export function subscribeClient(
  context: ConnectionContext,
  clientId: string,
  entry: SubscribeEntry,
): ReasonCode | null {
  const connection = connectionOf(context, clientId);
  if (connection === null || connection.session === null) return null;
  context.parts.journal.begin();
  const code = subscribe(connection, connection.session, entry, 0);
  if (connection.replays !== null) connection.pump();
  return code;
}

/** Ends a subscription of a client; null if it is not connected. */
export function unsubscribeClient(context: ConnectionContext, clientId: string, filter: string): ReasonCode | null {
  const connection = connectionOf(context, clientId);
  if (connection === null || connection.session === null) return null;
  context.parts.journal.begin();
  return unsubscribe(connection, connection.session, filter);
}

/** Whether the rules of access let a client publish to the topic; null if it is not connected. */
export function mayPublish(
  context: ConnectionContext,
  clientId: string,
  topic: TopicName,
): boolean | Promise<boolean> | null {
  const connection = connectionOf(context, clientId);
  if (connection === null) return null;
  const decision = connection.permissions === null ? allowed : connection.permissions.mayPublish(topic);
  return decision instanceof Promise ? decision.then((later) => later.allowed) : decision.allowed;
}

/** Disconnects a client; false if it is not connected. */
export function disconnectClient(
  context: ConnectionContext,
  clientId: string,
  reasonCode: ReasonCode,
  reason: string | undefined,
): boolean {
  const connection = connectionOf(context, clientId);
  if (connection === null) return false;
  closeConnection(connection, reasonCode, reason);
  return true;
}

function connectionOf(context: ConnectionContext, clientId: string): Connection | null {
  const outlet = context.parts.sessions.get(clientId)?.outlet ?? null;
  return outlet instanceof Connection ? outlet : null;
}
