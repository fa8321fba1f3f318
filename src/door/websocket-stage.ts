import { createServer, type IncomingMessage, type Server } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import type { Peer } from "../base/mod.ts";
import type { Accept, Turn } from "../transport/mod.ts";
import { forwardedFor } from "./forwarded-for.ts";
import type { Guest, Stage } from "./guest.ts";
import { chooseProtocol, refusalOf, refusalText, type UpgradeRefusal, type WebSocketRules } from "./upgrade-request.ts";
import { WebSocketChannel } from "./websocket-channel.ts";

/** What {@link webSocketStage} needs. */
export interface WebSocketOptions extends WebSocketRules {
  /** Bytes of the largest WebSocket message, in how many frames ever: it is in memory before MQTT sees it. */
  readonly messageBytesMax: number;
  /** Whether an address is one of a proxy whose X-Forwarded-For is believed. */
  readonly trusted: (address: string) => boolean;
  readonly turn: Turn;
  readonly accept: Accept;
}

const headerBytesMax = 8192;

/**
 * The upgrade of HTTP/1.1 connections to WebSockets, and their channels. Servers of node:http and ws that never listen
 * do the work. Compression is off: a small frame could become a large one, and MQTT is small already.
 */
export function webSocketStage(options: WebSocketOptions): Stage {
  const guests = new WeakMap<object, Guest>();
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.messageBytesMax,
    // Text frames are refused whatever they contain.
    skipUTF8Validation: true,
    autoPong: false,
    handleProtocols: (offers) => chooseProtocol(offers) ?? false,
  });
  const server = createServer({ maxHeaderSize: headerBytesMax, keepAlive: false });
  server.on("upgrade", (request, stream, head) => {
    const guest = guests.get(stream);
    if (guest === undefined) {
      stream.destroy();
      return;
    }
    const refusal = refusalOf(request, options);
    if (refusal !== null) {
      refuse(guest, refusal);
      return;
    }
    sockets.handleUpgrade(request, stream, head, (webSocket) => open(webSocket, guest, request, options));
  });
  answerOthers(server, guests);
  return (guest) => {
    guests.set(guest.socket, guest);
    server.emit("connection", guest.socket);
    guest.socket.resume();
  };
}

/** Whoever asks for anything else than a WebSocket gets one answer. */
function answerOthers(server: Server, guests: WeakMap<object, Guest>): void {
  server.on("request", ({ socket }) => {
    const guest = guests.get(socket);
    if (guest !== undefined) refuse(guest, { status: 426, message: "this is a WebSocket for MQTT" });
  });
  server.on("clientError", (error: NodeJS.ErrnoException, stream) => {
    const guest = guests.get(stream);
    if (error.code === "ECONNRESET") guest?.visit.over();
    else if (guest !== undefined) refuse(guest, { status: 400, message: "expected HTTP/1.1" });
    stream.destroy();
  });
}

function refuse({ socket, visit }: Guest, refusal: UpgradeRefusal): void {
  // The answer first: what refuses the visit closes the connection at once.
  socket.end(refusalText(refusal), () => visit.refuse("upgrade", refusal.message));
}

function open(webSocket: WebSocket, guest: Guest, request: IncomingMessage, options: WebSocketOptions): void {
  const { turn, accept, trusted } = options;
  guest.visit.over();
  const channel = new WebSocketChannel(webSocket, guest.socket, turn);
  channel.tellPeer(peerOf(guest.peer, request, trusted));
  const owner = accept(channel);
  if (owner === null) webSocket.terminate();
  else channel.owner = owner;
}

function peerOf(peer: Peer, request: IncomingMessage, trusted: (address: string) => boolean): Peer {
  const header = request.headers["x-forwarded-for"];
  if (header === undefined || !(peer.address === "unix" || trusted(peer.address))) return peer;
  const address = forwardedFor(typeof header === "string" ? header : header.join(","), trusted);
  return address === null ? peer : { ...peer, address, port: 0, proxy: peer.address };
}
