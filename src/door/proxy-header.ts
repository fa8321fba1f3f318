/** What a proxy tells about the connection that it passes on. */
export interface ProxyHeader {
  /** Where the client is; null: the proxy speaks for itself (LOCAL), or does not know (UNKNOWN, UNSPEC). */
  readonly source: { readonly address: string; readonly port: number } | null;
  /** The host name that the client asked for in its TLS handshake. */
  readonly authority: string | null;
  /** The TLS that the proxy ended; null: there was none, or the proxy does not tell. */
  readonly tls: ProxyTls | null;
}

/** What a proxy tells about the TLS of a client. */
export interface ProxyTls {
  readonly version: string | null;
  /** The common name of the client's certificate; null unless one was sent and the proxy found it valid. */
  readonly commonName: string | null;
}

/** The header cannot be one, or contradicts itself. Stackless: whoever connects can cause it. */
export class ProxyHeaderError extends Error {
  override readonly name = "ProxyHeaderError";

  constructor(message: string) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
  }
}

/** A header that tells nothing. */
export const silentHeader: ProxyHeader = { source: null, authority: null, tls: null };
