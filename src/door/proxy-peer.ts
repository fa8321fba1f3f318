import type { Peer } from "../base/mod.ts";
import { certified, type IdentityPart } from "./certificate.ts";
import { type ProxyHeader, ProxyHeaderError } from "./proxy-header.ts";

/** What the proxy in front of a listener does: pass connections on, or end their TLS as well. */
export type ProxyMode = "Normal" | "TlsTermination";

/** How a listener treats the proxies in front of it. */
export interface ProxySettings {
  readonly mode: ProxyMode;
  /** Whether an address is one of a proxy that is believed. */
  readonly trusted: (address: string) => boolean;
  readonly identityPart: IdentityPart | null;
}

/** Whether the other end of the connection may speak for clients: who may use a Unix socket, its permissions say. */
export function mayProxy({ address }: Pick<Peer, "address">, settings: ProxySettings): boolean {
  return address === "unix" || settings.trusted(address);
}

/**
 * The client behind a proxy, from what the proxy tells.
 * @throws ProxyHeaderError where the proxy is to have ended TLS, and does not say that this client used any
 */
export function peerBehindProxy(proxy: Peer, header: ProxyHeader, { mode, identityPart }: ProxySettings): Peer {
  if (header.source === null) return proxy;
  const client = { ...proxy, ...header.source, proxy: proxy.address };
  if (mode === "Normal") return client;
  if (header.tls === null) throw new ProxyHeaderError("the proxy tells of no TLS that the client used");
  const { version, commonName } = header.tls;
  const certificate =
    commonName === null ? null : { commonName, subject: null, alternativeNames: [], fingerprint256: null };
  const tls = { version, serverName: header.authority };
  return { ...client, tls, ...certified(certificate, identityPart) };
}
