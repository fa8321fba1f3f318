import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { certified, type IdentityPart, readCertificate } from "./certificate.ts";
import type { Guest, Stage } from "./guest.ts";
import type { TlsMaterial } from "./tls-material.ts";

/** How a TLS listener treats client certificates. */
export interface ClientCertificates {
  /** Ask for one, and refuse those that are not valid. */
  readonly verify: boolean;
  /** Refuse clients that have none. */
  readonly required: boolean;
  readonly identityPart: IdentityPart | null;
}

/**
 * TLS over sockets that others have accepted. A `tls.Server` that never listens does the handshakes: that is the
 * documented way to learn whether a client's certificate is valid, and to change the server's own while it runs.
 */
export class TlsStage {
  readonly #server: Server;
  readonly #clients: ClientCertificates;
  readonly #next: Stage;
  readonly #guests = new Map<string, Guest>();
  #material: TlsMaterial;

  constructor(material: TlsMaterial, clients: ClientCertificates, next: Stage) {
    this.#material = material;
    this.#clients = clients;
    this.#next = next;
    this.#server = createServer({
      ...material.options,
      requestCert: clients.verify,
      // We refuse ourselves, so as to tell "none" from "not valid" and to count it.
      rejectUnauthorized: false,
      SNICallback: (serverName, answer) => answer(null, this.#material.contextFor(serverName) ?? undefined),
    });
    this.#server.on("secureConnection", (socket) => this.#secured(socket));
    this.#server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
      this.#guests.get(wayOf(socket))?.visit.refuse("tls", error.code ?? error.message);
      socket.destroy();
    });
  }

  /** What new connections get. Tickets of earlier sessions are void: they would pass by new authorities and CRLs. */
  use(material: TlsMaterial): void {
    this.#material = material;
    this.#server.setSecureContext(material.options);
  }

  readonly enter: Stage = (guest) => {
    const way = wayOf(guest.socket);
    this.#guests.set(way, guest);
    guest.socket.once("close", () => {
      if (this.#guests.get(way) === guest) this.#guests.delete(way);
    });
    this.#server.emit("connection", guest.socket);
  };

  #secured(socket: TLSSocket): void {
    const way = wayOf(socket);
    const guest = this.#guests.get(way);
    this.#guests.delete(way);
    if (guest === undefined) {
      socket.destroy();
      return;
    }
    const { verify, required, identityPart } = this.#clients;
    const certificate = verify ? socket.getPeerX509Certificate() : undefined;
    if (required && certificate === undefined) {
      guest.visit.refuse("certificate", "it sends none");
      return;
    }
    if (certificate !== undefined && !socket.authorized) {
      guest.visit.refuse("certificate", String(socket.authorizationError));
      return;
    }
    const tls = { version: socket.getProtocol(), serverName: textOrNull(socket.servername) };
    const proven = certificate === undefined ? {} : certified(readCertificate(certificate), identityPart);
    // What a proxy tells of the client's own TLS goes before what the proxy and we agreed upon.
    const peer = guest.peer.tls === null ? { ...guest.peer, tls, ...proven } : guest.peer;
    socket.on("error", () => {});
    this.#next({ ...guest, socket, peer });
  }
}

/** Both ends of the connection: the same for a TCP socket and the TLS socket over it, and no two have the same. */
function wayOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

function textOrNull(name: string | false | null | undefined): string | null {
  return typeof name === "string" && name !== "" ? name : null;
}
