import { once } from "node:events";
import { rmSync } from "node:fs";
import net from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { createWebSocketStream, WebSocket } from "ws";
import type { ConfigSettings } from "../../src/config/mod.ts";
import { TestAuthority } from "./test-certificates.ts";

/** What a proxy says before a client's first byte: PROXY protocol version 1. */
const proxyHeader = "PROXY TCP4 192.0.2.7 198.51.100.1 56324 1883\r\n";

/** How test clients come to the broker. */
export type TestDoor = "tcp" | "tls" | "websocket" | "proxy";

/** A client's stream, and the TCP (or Unix) socket under it. */
export interface ClientStream {
  readonly stream: Duplex;
  readonly socket: net.Socket;
}

/** Where a stream leads. */
export interface Destination {
  /** A host, or `unix:/path/to.sock`. */
  readonly host: string;
  readonly port: number;
  /** TCP where it is left out. */
  readonly door?: TestDoor;
}

/** What `TEST_DOOR` says: the same tests go through TLS, a WebSocket or behind a proxy then. */
export function chosenDoor(): TestDoor {
  const door = process.env["TEST_DOOR"] ?? "tcp";
  if (door !== "tcp" && door !== "tls" && door !== "websocket" && door !== "proxy") {
    throw new Error(`TEST_DOOR is tcp, tls, websocket or proxy, not ${door}`);
  }
  return door;
}

/** The listener that belongs to a door, on a free loopback port. */
export function listenersOf(door: TestDoor): NonNullable<ConfigSettings["listeners"]> {
  const addr = "127.0.0.1:0";
  switch (door) {
    case "tcp":
      return { mqtt: { addr } };
    case "tls":
      return { mqtts: { addr, ...certificateOfProcess() } };
    case "websocket":
      return { ws: { addr } };
    case "proxy":
      return { mqtt: { addr, proxy_mode: "Normal" } };
    default:
      return door satisfies never;
  }
}

/** Opens a stream on which MQTT is spoken. */
export async function openStream({ host, port, door = "tcp" }: Destination): Promise<ClientStream> {
  const unix = host.startsWith("unix:");
  const socket = net.connect(unix ? { path: host.slice("unix:".length) } : { host, port, noDelay: true });
  switch (door) {
    case "tcp":
      await once(socket, "connect");
      return { stream: socket, socket };
    case "tls":
      return openTls(socket);
    case "websocket":
      return openWebSocket(socket, `ws://${host}:${port}/mqtt`);
    case "proxy":
      await once(socket, "connect");
      socket.write(proxyHeader);
      return { stream: socket, socket };
    default:
      return door satisfies never;
  }
}

async function openTls(socket: net.Socket): Promise<ClientStream> {
  const { ca } = filesOfProcess();
  const stream = tls.connect({ socket, ca, servername: "localhost" });
  await once(stream, "secureConnect");
  return { stream, socket };
}

async function openWebSocket(socket: net.Socket, url: string): Promise<ClientStream> {
  const webSocket = new WebSocket(url, ["mqtt"], { createConnection: () => socket, perMessageDeflate: false });
  const stream = createWebSocketStream(webSocket);
  // As a socket of node does by itself: when the other side has ended, so do we.
  stream.once("end", () => stream.end());
  await once(webSocket, "open");
  return { stream, socket };
}

interface ProcessFiles {
  readonly authority: TestAuthority;
  readonly ca: string;
  readonly certificate: { readonly cert_file: string; readonly key_file: string };
}

const made: { files?: ProcessFiles } = {};

/** One certificate for all brokers of a test process: to make one takes longer than most tests. */
function filesOfProcess(): ProcessFiles {
  if (made.files !== undefined) return made.files;
  const authority = new TestAuthority();
  process.once("exit", () => rmSync(authority.folder, { recursive: true, force: true }));
  const { certFile, keyFile } = authority.server();
  made.files = { authority, ca: authority.caPem, certificate: { cert_file: certFile, key_file: keyFile } };
  return made.files;
}

function certificateOfProcess(): ProcessFiles["certificate"] {
  return filesOfProcess().certificate;
}
