/**
 * Who is at the other end of a connection, as far as the door knows it came in by: what authentication, access control
 * and limits go by besides the CONNECT.
 */
export interface Peer {
  /**
   * IP address of the client without brackets, IPv4 also where the socket is an IPv6 one; where a trusted proxy stands
   * in front, the address that the proxy tells. `unix` for a Unix socket, `memory` inside the process, `unknown` where
   * it had gone before anybody asked.
   */
  readonly address: string;
  /** 0 where there is none. */
  readonly port: number;
  /** Address of the trusted proxy that told all this; null: the client is connected directly. */
  readonly proxy: string | null;
  /** Null: the client does not use TLS, or nobody knows. */
  readonly tls: PeerTls | null;
  /** The client's certificate; null unless one was sent and is valid. */
  readonly certificate: PeerCertificate | null;
  /**
   * The user name that the certificate proves: the part of it that the listener's `use_identity_as_username` names.
   * Null where it names none, or the certificate has no such part.
   */
  readonly identity: string | null;
}

/** How a client's TLS was agreed upon, by us or by the proxy that ended it. */
export interface PeerTls {
  /** As `TLSv1.3`; null where the proxy does not tell. */
  readonly version: string | null;
  /** The host name that the client asked for (RFC 6066 section 3); null if it named none. */
  readonly serverName: string | null;
}

/** What a valid client certificate says of its owner. */
export interface PeerCertificate {
  /** Common name; null if it has none. */
  readonly commonName: string | null;
  /** Distinguished name as in RFC 4514 (`CN=ann,O=Example,C=DE`); null where a proxy told only the common name. */
  readonly subject: string | null;
  /** Subject alternative names: `DNS:host.example`, `URI:urn:device:7`, `email:ann@example.org`, `IP Address:::1`. */
  readonly alternativeNames: readonly string[];
  /** SHA-256 of the certificate as hexadecimal pairs with colons; null where a proxy saw it and we did not. */
  readonly fingerprint256: string | null;
}

/** Address and port in one text: `192.0.2.7:51234`, `[2001:db8::1]:51234`, `unix`. */
export function peerText({ address, port }: Pick<Peer, "address" | "port">): string {
  if (port === 0) return address;
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}
