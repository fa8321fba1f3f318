import type { Server } from "node:http";
import { assert, cannotListen } from "../base/mod.ts";
import { type HttpListenerConfig, isLocal, parseListenerAddress } from "../config/mod.ts";

/** Where a server listens. */
export interface Bound {
  /** `host:port`, with the port that the system chose where 0 was asked for. */
  readonly address: string;
  readonly port: number;
  /** True if only programs on this machine reach it. */
  readonly local: boolean;
}

/**
 * Opens the server's door.
 * @throws WorldError `address_in_use`, `address_not_available`, `permission_denied`
 */
export async function listen(server: Server, listener: HttpListenerConfig): Promise<Bound> {
  const address = parseListenerAddress(listener.addr);
  assert(address?.kind === "tcp", "the configuration is checked: the address of the HTTP listener is host and port");
  const { host, port } = address;
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      reject(cannotListen(error.code ?? error.message, listener.addr, { key: "listeners.http", cause: error }));
    server.once("error", failed);
    server.listen({ host, port, reusePort: listener.reuse_port }, () => {
      server.off("error", failed);
      resolve();
    });
  });
  const bound = server.address();
  assert(bound !== null && typeof bound === "object", "a server that listens has an address");
  const shown = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return { address: `${shown}:${bound.port}`, port: bound.port, local: isLocal(address) };
}
