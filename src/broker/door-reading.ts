import type { HandshakeFailure } from "../door/mod.ts";
import type { OpenDoor } from "./open-doors.ts";

/** Numbers of one listener. */
export interface DoorReading {
  readonly name: string;
  /** Connections that are not through with PROXY header, TLS and WebSocket upgrade. */
  readonly pendingHandshakes: number;
  readonly failedHandshakes: Readonly<Record<HandshakeFailure, number>>;
  /** Empty without TLS. */
  readonly certificates: readonly { readonly file: string; readonly daysLeft: number }[];
}

const dayMilliseconds = 86_400_000;

/** @param wallTime milliseconds since 1970 */
export function readDoor(door: OpenDoor, wallTime: number): DoorReading {
  const { name, counters } = door;
  return {
    name,
    pendingHandshakes: counters.pending,
    failedHandshakes: counters.failed,
    certificates: door.certificates().map(({ file, expiresAt }) => ({
      file,
      daysLeft: (expiresAt - wallTime) / dayMilliseconds,
    })),
  };
}
