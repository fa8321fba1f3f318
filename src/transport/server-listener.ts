import type { Server } from "node:net";
import { listenError } from "./listen-error.ts";
import type { ListenAddress, Listener } from "./listener.ts";
import { removeStaleSocket, setSocketMode } from "./unix-socket.ts";

/**
 * Lets a server of node:net listen; its `connection` event is its owner's.
 * @throws WorldError `address_in_use`, `address_not_available`, `permission_denied`
 */
export async function listenWith(server: Server, address: ListenAddress, reusePort: boolean): Promise<Listener> {
  if (address.kind === "unix") await removeStaleSocket(address.path);
  await listen(server, address, reusePort);
  if (address.kind === "unix" && address.mode !== undefined) setSocketMode(address.path, address.mode);
  return new ServerListener(server, address);
}

function listen(server: Server, address: ListenAddress, reusePort: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    // It stays: later errors are those of single connections that could not be accepted (ENFILE, ENOBUFS). Their
    // clients see it, the others do not, and an event that nobody hears would stop the process.
    server.on("error", (error: NodeJS.ErrnoException) =>
      reject(listenError(error.code ?? error.message, address, error)),
    );
    server.once("listening", resolve);
    if (address.kind === "unix") server.listen({ path: address.path, backlog: 4096 });
    else server.listen({ host: address.host, port: address.port, backlog: 4096, reusePort });
  });
}

class ServerListener implements Listener {
  readonly address: string;
  readonly port: number;
  readonly #server: Server;

  constructor(server: Server, wanted: ListenAddress) {
    this.#server = server;
    const bound = server.address();
    if (wanted.kind === "unix" || bound === null || typeof bound === "string") {
      this.port = 0;
      this.address = wanted.kind === "unix" ? `unix:${wanted.path}` : "";
    } else {
      this.port = bound.port;
      this.address = `${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`;
    }
  }

  close(): Promise<void> {
    // Node calls back only when the last connection has ended; new ones are refused from this call on.
    this.#server.close();
    return Promise.resolve();
  }
}
