import { createServer, type Server, type Socket, type SocketConstructorOpts } from "node:net";
import { listenError } from "./listen-error.ts";
import type { ListenAddress, Listener, ListenOptions } from "./listener.ts";
import { ChannelSocket, NodeChannel, reportEvent } from "./node-channel.ts";
import { removeStaleSocket, setSocketMode } from "./unix-socket.ts";

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
  const { address } = options;
  const reading = options.reading ?? "area";
  const area = Buffer.allocUnsafeSlow(receiveBytes);
  const onread = { buffer: area, callback: receivedInArea };
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: reading === "area" });
  server.on("connection", (accepted) => {
    const socket = reading === "area" ? (readIntoArea(accepted, onread) ?? accepted) : accepted;
    open(socket, options);
    if (socket === accepted) {
      socket.on("data", receivedFromStream);
      socket.resume();
    }
  });
  await openServer(server, address, options.reusePort ?? false);
  return new NodeListener(server, address);
}

class NodeListener implements Listener {
  readonly address: string;
  readonly port: number;
  readonly #server: Server;

  constructor(server: Server, wanted: ListenAddress) {
    this.#server = server;
    const bound = server.address();
    if (wanted.kind === "unix" || bound === null || typeof bound === "string") {
      this.port = 0;
      this.address = wanted.kind === "unix" ? `unix:${wanted.path}` : "";
    } else {
      this.port = bound.port;
      this.address = `${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`;
    }
  }

  close(): Promise<void> {
    // Node calls back only when the last connection has ended; new ones are refused from this call on.
    this.#server.close();
    return Promise.resolve();
  }
}

function open(socket: Socket, { turn, accept }: NodeListenOptions): void {
  const channel = new NodeChannel(socket, turn);
  (socket as ChannelSocket).channel = channel;
  const owner = accept(channel);
  if (owner === null) {
    socket.destroy();
    return;
  }
  channel.owner = owner;
  if (socket instanceof ChannelSocket) return;
  for (const event of ["drain", "end", "error", "close"]) {
    socket.on(event, (value: unknown) => void reportEvent(channel, event, value));
  }
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

// One function for all sockets each: `this` is the socket.

function receivedInArea(this: unknown, length: number, area: Uint8Array): boolean {
  (this as ChannelSocket).channel?.received(area as Buffer, length);
  return true;
}

function receivedFromStream(this: Socket, bytes: Buffer): void {
  (this as ChannelSocket).channel?.received(bytes, bytes.length);
}

async function openServer(server: Server, address: ListenAddress, reusePort: boolean): Promise<void> {
  if (address.kind === "unix") await removeStaleSocket(address.path);
  await listen(server, address, reusePort);
  if (address.kind === "unix" && address.mode !== undefined) setSocketMode(address.path, address.mode);
}

function listen(server: Server, address: ListenAddress, reusePort: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    // It stays: later errors are those of single connections that could not be accepted (ENFILE, ENOBUFS). Their
    // clients see it, the others do not, and an event that nobody hears would stop the process.
    server.on("error", (error: NodeJS.ErrnoException) =>
      reject(listenError(error.code ?? error.message, address, error)),
    );
    server.once("listening", resolve);
    if (address.kind === "unix") server.listen({ path: address.path, backlog: 4096 });
    else server.listen({ host: address.host, port: address.port, backlog: 4096, reusePort });
  });
}
