import { chmodSync, lstatSync, rmSync } from "node:fs";
import { connect } from "node:net";

/**
 * Removes the file of a Unix socket that a process left behind when it was killed. It is asked first: only where the
 * system says that nobody listens is the file nobody's. What is not a socket stays.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  if (await isRefused(path)) rmSync(path, { force: true });
}

/** Gives the socket its permissions. */
export function setSocketMode(path: string, mode: number): void {
  chmodSync(path, mode);
}

function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (refused: boolean) => (): void => {
      socket.destroy();
      resolve(refused);
    };
    socket.once("connect", answer(false));
    socket.once("error", (error: NodeJS.ErrnoException) => answer(error.code === "ECONNREFUSED")());
  });
}
