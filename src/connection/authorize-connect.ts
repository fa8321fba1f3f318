import { allowed, type Decision, type Permissions } from "../auth/mod.ts";
import { ReasonCode } from "../protocol/mod.ts";
import { type ArmedWill, DeniedAction } from "../session/mod.ts";
import type { Connection } from "./connection.ts";
import { closeOver, refuseConnect } from "./farewell.ts";

/** Asks whether an authenticated client may connect, and may publish its will; `open` goes on if so. */
export function authorizeConnect(
  connection: Connection,
  permissions: Permissions,
  will: ArmedWill | null,
  open: () => void,
): void {
  connection.permissions = permissions;
  const connect = permissions.mayConnect();
  const publish = will === null ? allowed : permissions.mayPublish(will.publication.topic.name);
  if (!(connect instanceof Promise) && !(publish instanceof Promise)) {
    decide(connection, connect, publish, open);
    return;
  }
  connection.channel.pause();
  Promise.all([connect, publish]).then(
    ([connectLater, publishLater]) => {
      // The client may have gone, or been given up, while it waited.
      if (connection.phase !== "authenticating") return;
      try {
        decide(connection, connectLater, publishLater, open);
      } catch (error) {
        closeOver(connection, error);
      }
      if (connection.session !== null) connection.resumeInput();
    },
    (error: unknown) => {
      if (connection.phase === "authenticating") closeOver(connection, error);
    },
  );
}

function decide(connection: Connection, connect: Decision, publish: Decision, open: () => void): void {
  if (connect.allowed && publish.allowed) {
    open();
    return;
  }
  const { denied } = connection.context.statistics;
  const action = connect.allowed ? DeniedAction.will : DeniedAction.connect;
  denied[action] = (denied[action] as number) + 1;
  const refusal = connect.allowed ? publish : connect;
  // [MQTT-3.1.4-2]
  refuseConnect(connection, ReasonCode.notAuthorized, refusal.allowed ? "" : refusal.reason);
}
