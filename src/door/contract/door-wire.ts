import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { WebSocket } from "ws";
import type { TestAuthority } from "../../../test/kit/test-certificates.ts";
import { silentLogger, systemClock } from "../../base/mod.ts";
import { type Accept, listenNode, type Turn } from "../../transport/mod.ts";
import {
  Inbox,
  loopback,
  type NetworkDoor,
  openNetwork,
  type Peer,
  socketPeer,
  type WireKind,
} from "../../transport/contract/wire.ts";
import {
  acceptBehindProxy,
  type ClientDoorOptions,
  Doorstep,
  newHandshakeCounters,
  openClientDoor,
  type ProxySettings,
} from "../mod.ts";

const proxy: ProxySettings = { mode: "Normal", trusted: () => true, identityPart: null };
const proxyHeader = "PROXY TCP4 192.0.2.7 192.0.2.1 56324 1883\r\n";
const atDoorstep = {
  name: "contract",
  clock: systemClock,
  logger: silentLogger,
  timeoutMilliseconds: 20_000,
  pendingMax: 5000,
};

/** Options of a door on loopback with nothing but what `options` say. */
export function doorOptions(turn: Turn, accept: Accept, options: Partial<ClientDoorOptions> = {}): ClientDoorOptions {
  const counters = newHandshakeCounters();
  const door = { ...atDoorstep, address: loopback, reusePort: false, counters };
  return { ...door, proxy: null, tls: null, webSocket: null, turn, accept, ...options };
}

/** Settings of WebSockets that suit a test. */
export const webSocketSettings = {
  path: "/mqtt",
  allowedOrigins: null,
  messageBytesMax: 4_000_000,
  trusted: (): boolean => false,
};

/** TLS with a server certificate alone. */
export function tlsSettings(authority: TestAuthority): NonNullable<ClientDoorOptions["tls"]> {
  const certificates = [authority.server()];
  const files = { certificates, caFile: null, crlFile: null };
  return { files, versionMin: "TLSv1.2", ticketSecret: null, verify: false, required: false, identityPart: null };
}

interface Client {
  readonly peer: Peer;
  close(): void;
}

async function connectedTo(port: number): Promise<Socket> {
  const socket = connectTcp(port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

async function tlsClient(raw: Socket, ca: string, maxVersion: "TLSv1.2" | "TLSv1.3"): Promise<Client> {
  raw.allowHalfOpen = true;
  const socket = connectTls({ socket: raw, ca, servername: "localhost", maxVersion });
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  return { peer: socketPeer(socket, raw), close: () => void raw.destroy() };
}

/** A door with TLS; the client speaks `version` at most, and shows a PROXY header first where there is one. */
function tlsDoor(authority: TestAuthority, version: "TLSv1.2" | "TLSv1.3", header = ""): NetworkDoor {
  const tls = tlsSettings(authority);
  const ca = authority.caPem;
  return {
    listen: (turn, accept) => openClientDoor(doorOptions(turn, accept, { tls, proxy: header === "" ? null : proxy })),
    async connect({ port }) {
      const raw = await connectedTo(port);
      if (header !== "") raw.write(header);
      return tlsClient(raw, ca, version);
    },
  };
}

function webSocketDoor(authority: TestAuthority | null): NetworkDoor {
  const tls = authority === null ? null : tlsSettings(authority);
  const scheme = authority === null ? "ws" : "wss";
  const ca = authority === null ? {} : { ca: authority.caPem };
  return {
    listen: (turn, accept) => openClientDoor(doorOptions(turn, accept, { tls, webSocket: webSocketSettings })),
    async connect({ port }) {
      const url = `${scheme}://localhost:${port}/mqtt`;
      const socket = new WebSocket(url, ["mqtt"], { ...ca, family: 4, perMessageDeflate: false });
      const peer = webSocketPeer(socket);
      await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
      socket.on("error", () => {});
      return { peer, close: () => socket.terminate() };
    },
  };
}

function webSocketPeer(socket: WebSocket): Peer {
  const inbox = new Inbox();
  socket.on("message", (bytes: Buffer) => inbox.add(bytes));
  socket.on("close", () => inbox.end());
  return {
    inbox,
    send: (bytes) => socket.send(bytes, () => {}),
    stopReading: () => socket.pause(),
    goOnReading: () => socket.resume(),
    end: () => socket.close(),
    destroy: () => socket.terminate(),
  };
}

function proxiedDoor(): NetworkDoor {
  return {
    listen(turn, accept) {
      const doorstep = new Doorstep({ ...atDoorstep, counters: newHandshakeCounters() });
      return listenNode({ address: loopback, turn, accept: acceptBehindProxy(accept, proxy, doorstep) });
    },
    async connect({ port }) {
      const socket = await connectedTo(port);
      socket.write(proxyHeader);
      return { peer: socketPeer(socket), close: () => void socket.destroy() };
    },
  };
}

/** All doors that have to keep the contract of channels. */
export function doorKinds(authority: TestAuthority): readonly WireKind[] {
  const webSocket = { halfCloses: false, framingBytes: 10 };
  return [
    { name: "TLS 1.3", open: () => openNetwork(tlsDoor(authority, "TLSv1.3")) },
    {
      name: "TLS 1.2 behind a proxy",
      variant: true,
      open: () => openNetwork(tlsDoor(authority, "TLSv1.2", proxyHeader)),
    },
    { name: "TCP behind a proxy", variant: true, open: () => openNetwork(proxiedDoor()) },
    { name: "WebSocket", ...webSocket, open: () => openNetwork(webSocketDoor(null)) },
    { name: "WebSocket over TLS", variant: true, ...webSocket, open: () => openNetwork(webSocketDoor(authority)) },
  ];
}
