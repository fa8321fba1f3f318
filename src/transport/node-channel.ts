import { Socket } from "node:net";
import type { Peer } from "../base/mod.ts";
import { Channel } from "./channel.ts";
import { chunkBytes, type Turn } from "./turn.ts";

/** Pieces smaller than this are copied where they have to wait: each would hold a whole chunk of the arena. */
export const copiedBelow: number = chunkBytes / 4;

/**
 * A socket that knows its channel and tells it of its events without listeners: a few hundred bytes less for each of
 * very many idle connections.
 */
export class ChannelSocket extends Socket {
  channel: NodeChannel | null = null;

  override emit(event: string | symbol, ...values: unknown[]): boolean {
    return reportEvent(this.channel, event, values[0]) || super.emit(event, ...(values as []));
  }
}

/** Tells the channel of a socket's event; true if nobody else needs to know. */
export function reportEvent(channel: NodeChannel | null, event: string | symbol, value: unknown): boolean {
  switch (event) {
    case "drain":
      channel?.drained();
      return true;
    case "end":
      channel?.ended();
      return false;
    case "error":
      channel?.closed((value as NodeJS.ErrnoException).code ?? String(value));
      return true;
    case "close":
      channel?.closed(null);
      return false;
    default:
      return false;
  }
}

/** A {@link Channel} over node:net: TCP and Unix sockets. */
export class NodeChannel extends Channel {
  readonly #socket: Socket;
  readonly #turn: Turn;
  readonly #overUnix: boolean;
  /** False only if nothing waits in the socket. */
  #waiting = false;
  #congested = false;
  #paused = false;
  /** The peer's end came while input was paused: a stream of node tells of it all the same. */
  #endWaits = false;
  #closed = false;

  constructor(socket: Socket, turn: Turn, overUnix: boolean) {
    super();
    this.#socket = socket;
    this.#turn = turn;
    this.#overUnix = overUnix;
  }

  /** Whether the socket is through with the bytes when `write` returns, although its `writableLength` counts them. */
  protected get encrypts(): boolean {
    return false;
  }

  protected describePeer(): Peer {
    const nothing = { proxy: null, tls: null, certificate: null, identity: null };
    return { ...endpointOf(this.#socket, this.#overUnix), ...nothing };
  }

  get waitingBytes(): number {
    // Asked for with every delivery: the socket is looked at only while it may have something.
    if (!this.#waiting) return 0;
    const bytes = this.#socket.writableLength;
    this.#waiting = bytes > 0;
    return bytes;
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#socket.resume();
    // Later, as it would come from the socket: the owner still has bytes that came before it.
    if (this.#endWaits) setImmediate(() => this.#endWaits && this.ended());
  }

  end(): void {
    if (this.ending) return;
    this.ending = true;
    this.#socket.resume();
    if (this.outFirst < 0) this.#turn.visit(this);
  }

  destroy(): void {
    this.ending = true;
    this.#socket.destroy();
  }

  write(bytes: Buffer): boolean {
    const socket = this.#socket;
    if (this.#closed || socket.destroyed) return true;
    const idle = !this.#waiting || socket.writableLength === 0;
    // Behind others it waits for sure. A peer that reads nothing would hold 64 KB for every small packet otherwise.
    const copied = !idle && bytes.length < copiedBelow;
    if (!socket.write(copied ? copyOf(bytes) : bytes)) this.#congested = true;
    // Nothing waits: the kernel took it all inside the call, and nobody holds the buffer any more.
    this.#waiting = socket.writableLength > 0;
    return copied || !this.#waiting || (idle && this.encrypts);
  }

  afterTurn(): void {
    if (this.ending && !this.#socket.destroyed) this.#socket.end();
  }

  /** For the listener: the socket's events. */
  received(bytes: Buffer, length: number): void {
    if (this.#closed || this.ending) return;
    this.owner.onBytes(bytes, 0, length);
    this.#turn.inputDone();
  }

  drained(): void {
    if (!this.#congested || this.#closed) return;
    this.#congested = false;
    this.owner.onDrained();
  }

  ended(): void {
    this.#endWaits = this.#paused;
    if (!this.#closed && !this.#paused) this.owner.onEnded();
  }

  closed(cause: string | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.owner.onClosed(cause);
  }
}

/** A {@link Channel} over TLS. */
export class TlsChannel extends NodeChannel {
  // OpenSSL reads the bytes in the call and keeps none of them, as long as nothing waits in front of them.
  protected override get encrypts(): boolean {
    return true;
  }
}

/** Lets the channel know what node's socket tells. */
export function listenToSocket(socket: Socket, channel: NodeChannel): void {
  (socket as ChannelSocket).channel = channel;
  for (const event of ["drain", "end", "error", "close"]) {
    socket.on(event, (value: unknown) => void reportEvent(channel, event, value));
  }
  socket.on("data", receivedFromStream);
}

/** Hands over what a socket brings in its `data` events. One function for all sockets: `this` is the socket. */
function receivedFromStream(this: Socket, bytes: Buffer): void {
  (this as ChannelSocket).channel?.received(bytes, bytes.length);
}

/** Not from node's pool, of which a small piece would hold a large part. */
export function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

const mappedIpv4 = /^::ffff:(?=\d+\.)/i;

/**
 * Address and port of the socket's peer; an IPv4 peer of a socket for both families has its IPv4 address.
 * @param overUnix it came in by a Unix socket: the socket itself tells no more than one whose peer has gone
 */
export function endpointOf(socket: Socket, overUnix: boolean): Pick<Peer, "address" | "port"> {
  if (overUnix) return { address: "unix", port: 0 };
  if (socket.remoteAddress === undefined) return { address: "unknown", port: 0 };
  return { address: socket.remoteAddress.replace(mappedIpv4, ""), port: socket.remotePort ?? 0 };
}
