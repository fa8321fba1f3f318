import type { Peer } from "../base/mod.ts";
import type { Accept, Listener } from "./listener.ts";
import { Channel, type ChannelOwner, drainReportedAbove } from "./channel.ts";
import type { Turn } from "./turn.ts";

/** The peer's end of an in-memory stream: what a client inside the process uses. */
export interface MemoryPeer {
  /** Bytes from the server, each call one write; set before the first turn ends. */
  onBytes: (bytes: Buffer) => void;
  /** The server has closed its direction, or destroyed the stream. */
  onClosed: () => void;
  /** Sends bytes to the server; they are handed over in a later task, never inside this call. */
  send(bytes: Uint8Array): void;
  /** While true the server's bytes wait, as they do when a peer does not read. */
  stalled: boolean;
  /** Takes over what waited while `stalled` was true. */
  drain(): void;
  /** Closes the peer's direction (FIN). */
  end(): void;
  /** Breaks the stream (RST). */
  destroy(): void;
}

/** A door without a network: {@link connect} gives the client's end. For embedding and for tests. */
export class MemoryListener implements Listener {
  readonly address = "memory";
  readonly port = 0;
  readonly #turn: Turn;
  readonly #accept: Accept;
  #count = 0;
  #open = true;

  constructor(turn: Turn, accept: Accept) {
    this.#turn = turn;
    this.#accept = accept;
  }

  /** A new stream to the server, or null where the server refuses it. */
  connect(): MemoryPeer | null {
    if (!this.#open) return null;
    const channel = new MemoryChannel(++this.#count, this.#turn);
    const owner = this.#accept(channel);
    if (owner === null) return null;
    channel.owner = owner;
    return channel.client;
  }

  close(): Promise<void> {
    this.#open = false;
    return Promise.resolve();
  }
}

class MemoryChannel extends Channel {
  readonly client: MemoryPeer;
  readonly #number: number;
  readonly #turn: Turn;
  readonly #toServer: Buffer[] = [];
  #toPeer: Buffer[] = [];
  #waitingBytes = 0;
  #congested = false;
  #drains = 0;
  #paused = false;
  #peerEnded = false;
  #endReported = false;
  /** True once the peer has been told that nothing more comes. */
  #finished = false;
  #destroyed = false;
  #closed = false;

  constructor(number: number, turn: Turn) {
    super();
    this.#number = number;
    this.#turn = turn;
    this.client = {
      onBytes: () => {},
      onClosed: () => {},
      stalled: false,
      send: (bytes) => {
        this.#toServer.push(Buffer.from(bytes));
        this.#later(() => this.#deliver());
      },
      drain: () => this.#drain(),
      end: () => {
        this.#peerEnded = true;
        this.#later(() => this.#deliver());
      },
      destroy: () => this.#later(() => this.#close("ECONNRESET")),
    };
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  protected describePeer(): Peer {
    const nothing = { proxy: null, tls: null, certificate: null, identity: null };
    return { address: "memory", port: this.#number, ...nothing };
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#later(() => this.#deliver());
  }

  end(): void {
    if (this.ending) return;
    this.ending = true;
    this.resume();
    if (this.outFirst < 0) this.#turn.visit(this);
  }

  destroy(): void {
    this.ending = true;
    this.#destroyed = true;
    this.#later(() => this.#close(null));
  }

  write(bytes: Buffer): boolean {
    if (this.#destroyed || this.#closed) return true;
    const copy = Buffer.from(bytes);
    if (this.client.stalled || this.#toPeer.length > 0) {
      this.#toPeer.push(copy);
      this.#waitingBytes += copy.length;
      if (this.#waitingBytes > drainReportedAbove) this.#congested = true;
    } else {
      this.#later(() => this.client.onBytes(copy));
    }
    return true;
  }

  afterTurn(): void {
    if (!this.ending || this.#destroyed || this.#toPeer.length > 0 || this.outFirst >= 0) return;
    // Behind the bytes: they are on their way in tasks of their own, which run first.
    this.#later(() => {
      this.#finish();
      if (this.#peerEnded && this.#toServer.length === 0) this.#close(null);
    });
  }

  #drain(): void {
    this.client.stalled = false;
    const drain = ++this.#drains;
    // Of several only the last: an earlier one would overtake bytes that are on their way in a task of their own.
    this.#later(() => {
      if (drain === this.#drains && !this.client.stalled && !this.#closed) this.#handOver();
    });
  }

  #handOver(): void {
    const waiting = this.#toPeer;
    this.#toPeer = [];
    this.#waitingBytes = 0;
    for (const bytes of waiting) this.client.onBytes(bytes);
    this.afterTurn();
    if (!this.#congested) return;
    this.#congested = false;
    this.owner.onDrained();
  }

  #deliver(): void {
    while (!this.#paused && !this.#closed && this.#toServer.length > 0) {
      const bytes = this.#toServer.shift() as Buffer;
      if (!this.ending) this.owner.onBytes(bytes, 0, bytes.length);
    }
    // As a socket that is not read does not see its end.
    if (!this.#peerEnded || this.#paused || this.#toServer.length > 0 || this.#closed) return;
    if (this.ending) {
      // Both sides are done only when ours has sent what it had.
      if (this.#finished) this.#close(null);
    } else if (!this.#endReported) {
      this.#endReported = true;
      this.owner.onEnded();
    }
  }

  #close(cause: string | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.ending = true;
    const owner: ChannelOwner = this.owner;
    owner.onClosed(cause);
    this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.client.onClosed();
  }

  /** In a later task, as with a socket: neither side is ever entered from inside its own call. */
  #later(run: () => void): void {
    setImmediate(run);
  }
}
