import type { Socket } from "node:net";

/** Resolves when the connection is over, also by a reset, which `once` of node:events would take for a failure. */
export function closed(socket: Socket): Promise<void> {
  socket.on("error", () => {});
  return new Promise((resolve) => socket.once("close", () => resolve()));
}
