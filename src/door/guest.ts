import type { Socket } from "node:net";
import type { Peer } from "../base/mod.ts";
import { endpointOf } from "../transport/mod.ts";
import type { Doorstep, Visit } from "./doorstep.ts";

/** A socket on its way in: what is known of its peer grows from stage to stage. */
export interface Guest {
  /** The socket of the next stage: TCP at first, then TLS over it. */
  readonly socket: Socket;
  readonly peer: Peer;
  readonly visit: Visit;
}

/** What is done with a guest; the last stage makes a channel of its socket. */
export type Stage = (guest: Guest) => void;

/**
 * Takes a socket that was just accepted onto the doorstep; null: there were too many, and it is closed.
 * @param overUnix the server listens on a Unix socket
 */
export function receive(socket: Socket, doorstep: Doorstep, overUnix: boolean): Guest | null {
  const peer: Peer = { ...endpointOf(socket, overUnix), proxy: null, tls: null, certificate: null, identity: null };
  // A reset closes the socket; nobody else may be listening yet, and an error that nobody hears ends the process.
  socket.on("error", () => {});
  const visit = doorstep.enter(
    () => `${peer.address}:${peer.port}`,
    () => socket.destroy(),
  );
  if (visit === null) return null;
  socket.once("close", () => visit.over());
  return { socket, peer, visit };
}
