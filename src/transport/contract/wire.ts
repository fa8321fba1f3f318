import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Accept,
  type Channel,
  type ListenAddress,
  type Listener,
  listenNode,
  MemoryListener,
  type MemoryPeer,
  type NodeReading,
  nodeTransport,
  type Transport,
  Turn,
  type TurnSink,
} from "../mod.ts";
import { RecordingOwner } from "./recording-owner.ts";
import { Signal } from "./signal.ts";

/** The client's end of a stream under test. */
export interface Peer {
  send(bytes: Uint8Array): void;
  stopReading(): void;
  goOnReading(): void;
  /** FIN. */
  end(): void;
  /** Breaks the stream: over TCP by a reset; a Unix socket has none, there the server is told of an end. */
  destroy(): void;
  readonly inbox: Inbox;
}

/** What the client's end has got. */
export class Inbox {
  readonly #pieces: Buffer[] = [];
  length = 0;
  /** True when the server has closed its direction. */
  ended = false;
  readonly #signal = new Signal();

  add(bytes: Buffer): void {
    this.#pieces.push(Buffer.from(bytes));
    this.length += bytes.length;
    this.#signal.notify();
  }

  end(): void {
    this.ended = true;
    this.#signal.notify();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  until(holds: () => boolean): Promise<void> {
    return this.#signal.until(holds);
  }
}

/** A stream with both its ends. */
export interface Stream {
  readonly channel: Channel;
  readonly owner: RecordingOwner;
  readonly peer: Peer;
}

/** A transport under test: a turn and a door to it. */
export interface Wire extends AsyncDisposable {
  readonly turn: Turn;
  /** Null where the channels write by themselves. */
  readonly sink: TurnSink | null;
  /** Called with each channel that is accepted, as the owner would see it: before it is told of anything. */
  onAccepted: (channel: Channel) => void;
  connect(): Promise<Stream>;
  closeListener(): Promise<void>;
}

/** How a transport is opened for one test. */
export interface WireKind {
  readonly name: string;
  /** False: the peer's end is the end of both directions, as with a WebSocket. */
  readonly halfCloses?: boolean;
  /** Bytes that the transport adds to a write and counts among those that wait. */
  readonly framingBytes?: number;
  /** Why it cannot be tested here. */
  readonly skip?: string;
  /** A variant of a kind that gets the whole of it: tests of great numbers make do with less. */
  readonly variant?: boolean;
  open(): Promise<Wire>;
}

export function newTurn(): Turn {
  return new Turn(() => performance.now(), setImmediate);
}

/** Resolves when the turn in which this is called, and one more, are over. */
export async function turnsOver(): Promise<void> {
  for (let pass = 0; pass < 3; pass++) await new Promise((resolve) => setImmediate(resolve));
}

/** A turn whose output the transport sends. */
export function turnOf(transport: Transport): Turn {
  return new Turn(
    () => performance.now(),
    (run) => transport.schedule(run),
    transport.sink,
  );
}

/** How a network transport is opened, and how a client comes to it. */
export interface NetworkDoor {
  listen(turn: Turn, accept: Accept): Promise<Listener>;
  /** Resolves when the client's side is open. */
  connect(listener: Listener): Promise<{ readonly peer: Peer; close(): void }>;
}

/** A wire over a network transport. */
export async function openNetwork(door: NetworkDoor): Promise<Wire> {
  const turn = newTurn();
  const accepted: { channel: Channel; owner: RecordingOwner }[] = [];
  const arrival = new Signal();
  const listener = await door.listen(turn, (channel) => {
    wire.onAccepted(channel);
    const owner = new RecordingOwner();
    accepted.push({ channel, owner });
    arrival.notify();
    return owner;
  });
  const clients: { close(): void }[] = [];
  const wire: Wire = {
    turn,
    sink: null,
    onAccepted() {},
    async connect() {
      const number = accepted.length + 1;
      const client = await door.connect(listener);
      clients.push(client);
      await arrival.until(() => accepted.length >= number);
      return { ...(accepted[number - 1] as { channel: Channel; owner: RecordingOwner }), peer: client.peer };
    },
    closeListener: () => listener.close(),
    async [Symbol.asyncDispose]() {
      await listener.close();
      for (const client of clients) client.close();
      for (const { channel } of accepted) channel.destroy();
      await Promise.all(accepted.map(({ owner }) => owner.until(() => owner.closed > 0)));
    },
  };
  return wire;
}

/** A wire that clients may also knock at without being let in. */
export interface SocketWire extends Wire {
  /** A client that is not waited for. */
  knock(): Peer;
}

/** Opens a transport that listens on a socket. */
export async function openSockets(address: ListenAddress, transport: Transport): Promise<SocketWire> {
  const turn = turnOf(transport);
  const accepted: { channel: Channel; owner: RecordingOwner }[] = [];
  const arrival = new Signal();
  const listener = await transport.listen({
    address,
    turn,
    accept(channel) {
      wire.onAccepted(channel);
      const owner = new RecordingOwner();
      accepted.push({ channel, owner });
      arrival.notify();
      return owner;
    },
  });
  const sockets: Socket[] = [];
  const knock = (): [Peer, Promise<unknown>] => {
    const socket = address.kind === "unix" ? connect(address.path) : connect(listener.port, address.host);
    sockets.push(socket);
    return [socketPeer(socket), new Promise((resolve) => socket.once("connect", resolve))];
  };
  const wire: SocketWire = {
    turn,
    sink: transport.sink,
    onAccepted() {},
    async connect() {
      const number = accepted.length + 1;
      const [peer, connected] = knock();
      await Promise.all([connected, arrival.until(() => accepted.length >= number)]);
      return { ...(accepted[number - 1] as { channel: Channel; owner: RecordingOwner }), peer };
    },
    knock: () => knock()[0],
    closeListener: () => listener.close(),
    async [Symbol.asyncDispose]() {
      await listener.close();
      for (const socket of sockets) socket.destroy();
      for (const { channel } of accepted) channel.destroy();
      await Promise.all(accepted.map(({ owner }) => owner.until(() => owner.closed > 0)));
      transport.close();
    },
  };
  return wire;
}

/** The client's end of a socket, TLS or not. `raw` is the TCP socket under it. */
export function socketPeer(socket: Socket, raw: Socket = socket): Peer {
  const inbox = new Inbox();
  socket.allowHalfOpen = true;
  socket.on("data", (bytes: Buffer) => inbox.add(bytes));
  socket.on("end", () => inbox.end());
  socket.on("close", () => inbox.end());
  // A reset ends the stream; `close` follows.
  socket.on("error", () => {});
  return {
    inbox,
    send: (bytes) => void socket.write(bytes),
    stopReading: () => void socket.pause(),
    goOnReading: () => void socket.resume(),
    end: () => void socket.end(),
    destroy: () => void (raw.remoteAddress === undefined ? raw.destroy() : raw.resetAndDestroy()),
  };
}

function openMemory(): Wire {
  const turn = newTurn();
  const accepted: { channel: Channel; owner: RecordingOwner }[] = [];
  const listener = new MemoryListener(turn, (channel) => {
    wire.onAccepted(channel);
    const owner = new RecordingOwner();
    accepted.push({ channel, owner });
    return owner;
  });
  const wire: Wire = {
    turn,
    sink: null,
    onAccepted() {},
    connect() {
      const memory = listener.connect() as MemoryPeer;
      const stream = accepted.at(-1) as { channel: Channel; owner: RecordingOwner };
      return Promise.resolve({ ...stream, peer: memoryPeer(memory) });
    },
    closeListener: () => listener.close(),
    async [Symbol.asyncDispose]() {
      for (const { channel } of accepted) channel.destroy();
      await Promise.all(accepted.map(({ owner }) => owner.until(() => owner.closed > 0)));
    },
  };
  return wire;
}

function memoryPeer(memory: MemoryPeer): Peer {
  const inbox = new Inbox();
  memory.onBytes = (bytes) => inbox.add(bytes);
  memory.onClosed = () => inbox.end();
  return {
    inbox,
    send: (bytes) => memory.send(bytes),
    stopReading: () => void (memory.stalled = true),
    goOnReading: () => memory.drain(),
    end: () => memory.end(),
    destroy: () => memory.destroy(),
  };
}

let sockets = 0;
export const loopback: ListenAddress = { kind: "tcp", host: "127.0.0.1", port: 0 };

function overNode(address: ListenAddress, reading: NodeReading): Promise<Wire> {
  return openSockets(address, { ...nodeTransport, listen: (options) => listenNode({ ...options, reading }) });
}

/** All transports that have to keep the contract and need nothing built; native-wire.ts has the others. */
export const wireKinds: readonly WireKind[] = [
  { name: "TCP, one receive area", open: () => overNode(loopback, "area") },
  { name: "TCP, streams", open: () => overNode(loopback, "stream") },
  { name: "Unix socket", open: () => overNode({ kind: "unix", path: unixPath() }, "area") },
  { name: "memory", open: () => Promise.resolve(openMemory()) },
];

export function unixPath(): string {
  return join(tmpdir(), `akasa-contract-${process.pid}-${++sockets}.sock`);
}
