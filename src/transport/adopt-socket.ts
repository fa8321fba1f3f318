import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Peer } from "../base/mod.ts";
import type { Accept } from "./listener.ts";
import { listenToSocket, NodeChannel, TlsChannel } from "./node-channel.ts";
import type { Turn } from "./turn.ts";

/** What {@link adoptSocket} needs. */
export interface AdoptOptions {
  readonly turn: Turn;
  readonly accept: Accept;
}

/**
 * Makes a channel of a socket that came in by another way than `listenNode`: a PROXY header was read, a TLS handshake
 * is over. The socket is destroyed where `accept` refuses it.
 */
export function adoptSocket(socket: Socket, peer: Peer, { turn, accept }: AdoptOptions): void {
  const overUnix = peer.address === "unix";
  const channel =
    socket instanceof TLSSocket ? new TlsChannel(socket, turn, overUnix) : new NodeChannel(socket, turn, overUnix);
  channel.tellPeer(peer);
  // First, for who accepts it may pause it.
  socket.resume();
  const owner = accept(channel);
  if (owner === null) {
    socket.destroy();
    return;
  }
  channel.owner = owner;
  listenToSocket(socket, channel);
}
