import type { Refused } from "../auth/mod.ts";
import type { Connection } from "./connection.ts";

/** Tells the log why a client was refused: at level debug, since every client that knocks can cause it. */
export function logRefusal(connection: Connection, clientId: string, refused: Omit<Refused, "kind">): void {
  connection.context.debug("client refused", () => ({
    clientId,
    address: connection.channel.remoteAddress,
    listener: connection.entrance.name,
    reasonCode: refused.reasonCode,
    reason: refused.reason,
  }));
}
