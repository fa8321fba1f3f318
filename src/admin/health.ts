import type { Broker, BrokerState } from "../broker/mod.ts";
import type { Build } from "./reading.ts";

/** The answer of /health, as JSON. */
export interface Health {
  readonly status: "ok" | "stopping" | "stopped";
  /** Why the status is not `ok`. */
  readonly reason?: string;
  readonly version: string;
  readonly node_id: string;
  readonly uptime_seconds: number;
}

/** That anything is answered at all shows that the event loop turns. */
export function healthOf(broker: Broker, build: Build, uptimeSeconds: number): Health {
  return {
    ...statusOf(broker.state),
    version: build.version,
    node_id: build.nodeId,
    uptime_seconds: Math.round(uptimeSeconds * 1000) / 1000,
  };
}

function statusOf(state: BrokerState): Pick<Health, "status" | "reason"> {
  switch (state) {
    case "running":
      return { status: "ok" };
    case "stopping":
      return { status: "stopping", reason: "the broker was told to stop and takes no more connections" };
    case "stopped":
      return { status: "stopped", reason: "the broker has stopped" };
  }
}
