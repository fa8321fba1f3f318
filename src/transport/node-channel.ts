import { Socket } from "node:net";
import { Channel } from "./channel.ts";
import type { Turn } from "./turn.ts";

/** A socket that knows its channel: one object less, and no closure, per connection. */
export class ChannelSocket extends Socket {
  channel: NodeChannel | null = null;
}

/** A {@link Channel} over node:net: TCP and Unix sockets. */
export class NodeChannel extends Channel {
  readonly #socket: Socket;
  readonly #turn: Turn;
  #congested = false;
  #closed = false;
  #remoteAddress: string | null = null;

  constructor(socket: Socket, turn: Turn) {
    super();
    this.#socket = socket;
    this.#turn = turn;
  }

  get remoteAddress(): string {
    const socket = this.#socket;
    // Asked for rarely, so not kept for an idle connection until it is.
    this.#remoteAddress ??= socket.remoteAddress === undefined ? "unix" : addressOf(socket);
    return this.#remoteAddress;
  }

  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
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
    if (socket.destroyed) return true;
    if (!socket.write(bytes)) this.#congested = true;
    // Nothing waits: the kernel took it all inside the call, and nobody holds the buffer any more.
    return socket.writableLength === 0;
  }

  afterTurn(): void {
    if (this.ending && !this.#socket.destroyed) this.#socket.end();
  }

  /** For the listener: the socket's events. */
  received(bytes: Buffer, length: number): void {
    if (!this.#closed && !this.ending) this.owner.onBytes(bytes, 0, length);
  }

  drained(): void {
    if (!this.#congested || this.#closed) return;
    this.#congested = false;
    this.owner.onDrained();
  }

  ended(): void {
    if (!this.#closed) this.owner.onEnded();
  }

  closed(cause: string | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.owner.onClosed(cause);
  }
}

function addressOf(socket: Socket): string {
  const host = socket.remoteAddress ?? "";
  return `${host.includes(":") ? `[${host}]` : host}:${socket.remotePort ?? 0}`;
}
