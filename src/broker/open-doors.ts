import { assert, type Clock, type Logger } from "../base/mod.ts";
import { addressMatcher, type ClientListener, parseListenerAddress } from "../config/mod.ts";
import {
  acceptBehindProxy,
  type CertificateReading,
  type DoorOptions,
  Doorstep,
  type HandshakeCounters,
  newHandshakeCounters,
  openClientDoor,
} from "../door/mod.ts";
import type { Accept, ListenAddress, Listener, Transport, Turn } from "../transport/mod.ts";

/** What {@link openDoor} needs besides the listener's settings. */
export interface DoorSurroundings {
  readonly turn: Turn;
  /** What carries the bytes of plain listeners. */
  readonly transport: Transport;
  readonly accept: Accept;
  /** Bytes of the largest packet that a client may send. */
  readonly packetBytesMax: number;
  /** See `TlsSettings`. */
  readonly ticketSecret: string | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An open listener of the broker. */
export interface OpenDoor {
  readonly name: string;
  readonly listener: Listener;
  readonly counters: HandshakeCounters;
  /** The certificates in use; empty without TLS. */
  certificates(): readonly CertificateReading[];
  /** Reads the files of TLS again. */
  reload(): void;
}

const loopback = ["127.0.0.0/8", "::1"];

/** Several packets may come in one WebSocket message; a client that sends single ones needs hardly more than one. */
const messageRoom = 64 * 1024;

/**
 * Opens one listener as it is configured.
 * @throws WorldError an address that cannot be listened on, files of TLS that cannot be used
 */
export async function openDoor(client: ClientListener, surroundings: DoorSurroundings): Promise<OpenDoor> {
  const { name } = client;
  const options = doorOptions(client, surroundings);
  const { counters } = options;
  if (client.kind === "mqtt") {
    return { name, counters, listener: await openPlain(options, surroundings), certificates: () => [], reload() {} };
  }
  const door = await openClientDoor({ ...options, ...surroundings, ...beforeMqtt(client, surroundings) });
  return { name, counters, listener: door, certificates: () => door.certificates(), reload: () => door.reload() };
}

function doorOptions({ name, settings }: ClientListener, { clock, logger }: DoorSurroundings): DoorOptions {
  return {
    name,
    address: listenAddress(settings),
    reusePort: settings.reuse_port,
    proxy: proxySettings(settings),
    timeoutMilliseconds: settings.handshake_timeout_seconds * 1000,
    pendingMax: settings.max_handshakes,
    counters: newHandshakeCounters(),
    clock,
    logger,
  };
}

/** MQTT directly on TCP or a Unix socket: the transport of the broker accepts by itself. */
async function openPlain(options: DoorOptions, { turn, transport, accept }: DoorSurroundings): Promise<Listener> {
  const { address, reusePort, proxy } = options;
  if (proxy === null) return transport.listen({ address, reusePort, turn, accept });
  const doorstep = new Doorstep(options);
  const behind = acceptBehindProxy(accept, proxy, doorstep);
  const listener = await transport.listen({ address, reusePort, turn, accept: behind });
  return {
    address: listener.address,
    port: listener.port,
    close() {
      doorstep.clear();
      return listener.close();
    },
  };
}

type BeforeMqtt = Pick<Parameters<typeof openClientDoor>[0], "tls" | "webSocket">;

function beforeMqtt(
  client: Exclude<ClientListener, { kind: "mqtt" }>,
  { packetBytesMax, ticketSecret }: DoorSurroundings,
): BeforeMqtt {
  const tls = client.kind === "ws" ? null : tlsOf(client.settings, ticketSecret);
  if (client.kind === "mqtts") return { tls, webSocket: null };
  const { path, allowed_origins: allowedOrigins, trusted_proxies: proxies } = client.settings;
  // A header is easily forged through a proxy that does not know it: nobody is believed unless somebody said so.
  const trusted = addressMatcher(proxies ?? []);
  const messageBytesMax = packetBytesMax + messageRoom;
  return { tls, webSocket: { path, allowedOrigins, messageBytesMax, trusted } };
}

function tlsOf(
  settings: Extract<ClientListener, { kind: "mqtts" }>["settings"],
  ticketSecret: string | null,
): BeforeMqtt["tls"] {
  const all = [settings, ...settings.certificates];
  const certificates = all.map(({ cert_file: certFile, key_file: keyFile }) => ({ certFile, keyFile }));
  return {
    files: { certificates, caFile: settings.ca_file, crlFile: settings.crl_file },
    versionMin: settings.tls_version_min,
    ticketSecret,
    verify: settings.verify_peer,
    required: settings.fail_if_no_peer_cert,
    identityPart: settings.use_identity_as_username,
  };
}

function proxySettings(settings: ClientListener["settings"]): DoorOptions["proxy"] {
  const short = "proxy" in settings && settings.proxy ? "Normal" : null;
  const mode = settings.proxy_mode ?? short;
  if (mode === null) return null;
  const trusted = addressMatcher(settings.trusted_proxies ?? loopback);
  return { mode, trusted, identityPart: settings.use_identity_as_username };
}

function listenAddress({ addr, unix_mode: mode }: ClientListener["settings"]): ListenAddress {
  const address = parseListenerAddress(addr);
  assert(address !== null, "the configuration is checked: an address can be read");
  if (address.kind === "tcp" || mode === null) return address;
  return { ...address, mode: Number.parseInt(mode, 8) };
}
