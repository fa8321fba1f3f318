/** One live socket: handshake, keep-alive, aliases, limits; protocol errors are answered in one place. */
export {
  connectedClient,
  connectedClients,
  disconnectClient,
  mayPublish,
  subscribeClient,
  unsubscribeClient,
} from "./client-actions.ts";
export { Connection } from "./connection.ts";
export { ConnectionContext, type ConnectionParts } from "./context.ts";
export type { Entrance } from "./entrance.ts";
export type { ClientTerms } from "./client-terms.ts";
export { closeConnection } from "./farewell.ts";
export type { ConnectionSettings } from "./settings.ts";
