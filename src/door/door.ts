import { createServer } from "node:net";
import type { Clock, Logger } from "../base/mod.ts";
import {
  type Accept,
  adoptSocket,
  type ListenAddress,
  type Listener,
  listenWith,
  type Turn,
} from "../transport/mod.ts";
import { Doorstep } from "./doorstep.ts";
import { receive, type Stage } from "./guest.ts";
import type { HandshakeCounters } from "./handshake-counters.ts";
import type { ProxySettings } from "./proxy-peer.ts";
import { proxyStage } from "./proxy-stage.ts";
import { TlsMaterial, type TlsSettings } from "./tls-material.ts";
import { TlsReload } from "./tls-reload.ts";
import { type ClientCertificates, TlsStage } from "./tls-stage.ts";
import type { WebSocketRules } from "./upgrade-request.ts";
import { webSocketStage } from "./websocket-stage.ts";

/** What every door has. */
export interface DoorOptions {
  /** Name of the listener. */
  readonly name: string;
  readonly address: ListenAddress;
  readonly reusePort: boolean;
  /** Null: no proxy stands in front. */
  readonly proxy: ProxySettings | null;
  /** What a connection has for everything before MQTT, in milliseconds. */
  readonly timeoutMilliseconds: number;
  /** Connections at the same time that are not through with it. */
  readonly pendingMax: number;
  readonly counters: HandshakeCounters;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a door for clients has besides. */
export interface ClientDoorOptions extends DoorOptions {
  readonly turn: Turn;
  readonly accept: Accept;
  /** Null: no TLS. */
  readonly tls: (TlsSettings & ClientCertificates) | null;
  /** Null: MQTT directly on the stream. */
  readonly webSocket: (WebSocketRules & WebSocketSettings) | null;
}

/** What a WebSocket listener has besides its rules. */
export interface WebSocketSettings {
  /** Bytes of the largest WebSocket message. */
  readonly messageBytesMax: number;
  /** Whether an address is one of a proxy whose X-Forwarded-For is believed. */
  readonly trusted: (address: string) => boolean;
}

/** A certificate chain in use. */
export interface CertificateReading {
  readonly file: string;
  /** When the first certificate of the chain expires, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** An open door. */
export interface Door extends Listener {
  /** The certificates in use; empty without TLS. */
  certificates(): readonly CertificateReading[];
  /** Reads the files of TLS again, now. Where they cannot be used the old ones stay; connections stay in any case. */
  reload(): void;
}

/**
 * Opens a door for clients that come by TLS, by WebSocket or through a proxy: PROXY header, TLS and upgrade, in this
 * order, as far as the listener has them; then the channel, of which `accept` is told.
 * @throws WorldError `address_in_use`, `address_not_available`, `permission_denied`; for files of TLS `file_missing`,
 * `file_unreadable`, `file_malformed`
 */
export async function openClientDoor(options: ClientDoorOptions): Promise<Door> {
  const { tls, webSocket, turn, accept } = options;
  const enter: Stage =
    webSocket === null
      ? ({ socket, peer, visit }) => {
          visit.over();
          adoptSocket(socket, peer, { turn, accept });
        }
      : webSocketStage({ ...webSocket, turn, accept });
  if (tls === null) {
    const listener = await openSocketDoor(options, enter);
    return Object.assign(listener, { certificates: () => [], reload: () => {} });
  }
  const material = TlsMaterial.load(tls);
  const stage = new TlsStage(material, tls, enter);
  const listener = await openSocketDoor(options, stage.enter);
  const { name, clock, logger } = options;
  const reload = new TlsReload(material, { name, settings: tls, clock, logger, onChange: (fresh) => stage.use(fresh) });
  const { address, port } = listener;
  return {
    address,
    port,
    certificates: () => reload.material.certificates.map(({ file, expiresAt }) => ({ file, expiresAt })),
    reload: () => reload.reload(),
    close() {
      reload.close();
      return listener.close();
    },
  };
}

/**
 * Opens a door for sockets: behind a proxy after their PROXY header, else at once. `enter` ends their visit.
 * @throws WorldError `address_in_use`, `address_not_available`, `permission_denied`
 */
export async function openSocketDoor(options: DoorOptions, enter: Stage): Promise<Listener> {
  const { address, reusePort, proxy } = options;
  const doorstep = new Doorstep(options);
  const first = proxy === null ? enter : proxyStage(proxy, enter);
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    const guest = receive(socket, doorstep, address.kind === "unix");
    if (guest !== null) first(guest);
  });
  const listener = await listenWith(server, address, reusePort);
  return {
    address: listener.address,
    port: listener.port,
    close() {
      doorstep.clear();
      return listener.close();
    },
  };
}
