import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { RawData, WebSocket } from "ws";
import type { Peer } from "../base/mod.ts";
import { Channel, copiedBelow, copyOf, endpointOf, type Turn } from "../transport/mod.ts";

const binary = { binary: true, compress: false } as const;

/** Close codes of RFC 6455 section 7.4.1. */
const closeCodes = { normal: 1000, unsupportedData: 1003 } as const;

/** Bytes that may wait for a peer which still gets its pings answered: one that does not read gets no answers. */
const pongedBelow = 16 * 1024;

/**
 * A {@link Channel} over a WebSocket: each write is one binary message; messages and frames cut MQTT packets anywhere
 * [MQTT-6.0.0-2]. A WebSocket has no half-closed state: the peer's Close ends the channel.
 */
export class WebSocketChannel extends Channel {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #turn: Turn;
  /** False only if nothing waits in the socket. */
  #waiting = false;
  #congested = false;
  #closed = false;
  #cause: string | null = null;

  /** @param socket what the WebSocket runs on: its writes tell when the WebSocket's are done */
  constructor(webSocket: WebSocket, socket: Socket, turn: Turn) {
    super();
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#turn = turn;
    webSocket.on("message", (data, isBinary) => this.#received(data, isBinary));
    webSocket.on("ping", (data) => this.#pinged(data));
    webSocket.on("error", (error: NodeJS.ErrnoException) => (this.#cause = error.code ?? error.message));
    webSocket.on("close", () => this.#over());
    socket.on("drain", () => this.#drained());
  }

  get waitingBytes(): number {
    if (!this.#waiting) return 0;
    const bytes = this.#socket.writableLength;
    this.#waiting = bytes > 0;
    return bytes;
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  end(): void {
    if (this.ending) return;
    this.ending = true;
    this.#webSocket.resume();
    if (this.outFirst < 0) this.#turn.visit(this);
  }

  destroy(): void {
    this.ending = true;
    this.#webSocket.terminate();
  }

  write(bytes: Buffer): boolean {
    const socket = this.#socket;
    if (this.#closed || socket.destroyed || this.#webSocket.readyState !== this.#webSocket.OPEN) return true;
    const idle = !this.#waiting || socket.writableLength === 0;
    const copied = !idle && bytes.length < copiedBelow;
    this.#webSocket.send(copied ? copyOf(bytes) : bytes, binary);
    if (socket.writableNeedDrain) this.#congested = true;
    this.#waiting = socket.writableLength > 0;
    // OpenSSL has read the bytes when the call returns, as long as nothing waited in front of them.
    return copied || !this.#waiting || (idle && socket instanceof TLSSocket);
  }

  afterTurn(): void {
    if (this.ending) this.#webSocket.close(closeCodes.normal);
  }

  protected describePeer(): Peer {
    return { ...endpointOf(this.#socket, false), proxy: null, tls: null, certificate: null, identity: null };
  }

  #received(data: RawData, isBinary: boolean): void {
    if (this.#closed || this.ending) return;
    if (!isBinary) {
      // [MQTT-6.0.0-1] MQTT packets are sent in binary frames; whoever sends others is cut off.
      this.#cause = "a text frame";
      this.#webSocket.close(closeCodes.unsupportedData, "expected binary frames");
      return;
    }
    const bytes = data as Buffer;
    if (bytes.length > 0) this.owner.onBytes(bytes, 0, bytes.length);
  }

  #pinged(data: Buffer): void {
    // RFC 6455 section 5.5.3 lets us answer only the latest of several pings.
    if (this.#socket.writableLength < pongedBelow) this.#webSocket.pong(data);
  }

  #drained(): void {
    if (!this.#congested || this.#closed) return;
    this.#congested = false;
    this.owner.onDrained();
  }

  #over(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.ending = true;
    this.owner.onClosed(this.#cause);
  }
}
