import type { AuthenticationResult, Permissions } from "../auth/mod.ts";
import type { Peer } from "../base/mod.ts";
import type { Connection } from "./connection.ts";

/** What a client with this identity may do; null: everything. */
export function permissionsOf(
  connection: Connection,
  clientId: string,
  identity: AuthenticationResult,
): Permissions | null {
  return connection.context.parts.authorizer.permissionsOf({
    clientId,
    identity,
    get peer(): Peer {
      return connection.channel.peer;
    },
    listener: connection.entrance.name,
  });
}
