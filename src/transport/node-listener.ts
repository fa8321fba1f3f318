import { createServer, type Socket, type SocketConstructorOpts } from "node:net";
import type { Listener, ListenOptions } from "./listener.ts";
import { ChannelSocket, listenToSocket, NodeChannel } from "./node-channel.ts";
import { listenWith } from "./server-listener.ts";

/** How received bytes reach us. `area`: all sockets read into one buffer. `stream`: node allocates one per read. */
export type NodeReading = "area" | "stream";

/** What {@link listenNode} needs. */
export interface NodeListenOptions extends ListenOptions {
  /** Default `area`; falls back to `stream` by itself where node does not offer it. */
  readonly reading?: NodeReading;
}

/** Bytes read at once from one socket. */
const receiveBytes = 64 * 1024;

/** The part of node's socket that is not in its documented interface. Its absence is handled, never assumed away. */
interface SocketWithHandle {
  _handle: { readonly fd?: number } | null;
}

/**
 * Listens with node:net.
 * @throws WorldError `address_in_use`, `address_not_available`, `permission_denied`
 */
export async function listenNode(options: NodeListenOptions): Promise<Listener> {
  const reading = options.reading ?? "area";
  const area = Buffer.allocUnsafeSlow(receiveBytes);
  const onread = { buffer: area, callback: receivedInArea };
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: reading === "area" });
  server.on("connection", (accepted) => {
    const socket = reading === "area" ? (readIntoArea(accepted, onread) ?? accepted) : accepted;
    // First, for who accepts it may pause it.
    if (socket === accepted) socket.resume();
    open(socket, options);
  });
  return listenWith(server, options.address, options.reusePort ?? false);
}

function open(socket: Socket, { address, turn, accept }: NodeListenOptions): void {
  const channel = new NodeChannel(socket, turn, address.kind === "unix");
  (socket as ChannelSocket).channel = channel;
  const owner = accept(channel);
  if (owner === null) {
    socket.destroy();
    return;
  }
  channel.owner = owner;
  if (!(socket instanceof ChannelSocket)) listenToSocket(socket, channel);
}

/**
 * Takes the handle of an accepted socket into one that reads into `onread.buffer`: no buffer is allocated per read,
 * and an idle connection holds none. Node offers `onread` for sockets that connect, but not for those that a server
 * accepts; docs/decisions/0003-one-receive-area.md has the figures. Answers null where the handle is not there.
 */
function readIntoArea(accepted: Socket, onread: NonNullable<SocketConstructorOpts["onread"]>): Socket | null {
  const holder = accepted as unknown as SocketWithHandle;
  const handle = holder._handle;
  if (handle === null || typeof handle !== "object") return null;
  holder._handle = null;
  const options = { handle, allowHalfOpen: true, onread } as unknown as SocketConstructorOpts;
  const socket = new ChannelSocket(options);
  accepted.destroy();
  return socket;
}

/** One function for all sockets: `this` is the socket. */
function receivedInArea(this: unknown, length: number, area: Uint8Array): boolean {
  (this as ChannelSocket).channel?.received(area as Buffer, length);
  return true;
}
