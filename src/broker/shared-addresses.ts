import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type ListenOptions, type Server } from "node:net";
import { cannotListen } from "../base/mod.ts";
import { clientListeners, type Config, parseListenerAddress } from "../config/mod.ts";

/** Whether several threads can listen on one port, and the system spreads connections over them. */
export async function portsCanBeShared(): Promise<boolean> {
  try {
    await closed(await listenAt({ host: "127.0.0.1", port: 0, reusePort: true }));
    return true;
  } catch {
    return false;
  }
}

/**
 * Tries the addresses as if they were not to be shared: a port that is shared within the broker could be shared with
 * another program without anybody noticing. Where nobody listens on the port that is known without trying, and no
 * client is let in only to be sent away.
 * @throws WorldError `address_in_use` and the like
 */
export async function checkAddresses(config: Config): Promise<void> {
  const held: Server[] = [];
  try {
    for (const { settings } of clientListeners(config.listeners)) {
      const address = parseListenerAddress(settings.addr);
      if (address === null || address.kind !== "tcp" || address.port === 0 || settings.reuse_port) continue;
      if (!mayBeTaken(address.port)) continue;
      held.push(
        await listenAt(address).catch((error: unknown) => {
          throw cannotListen(codeOf(error), settings.addr, { cause: error });
        }),
      );
    }
  } finally {
    await Promise.all(held.map(closed));
  }
}

/** False where the system says that nobody listens on the port, at whatever address. */
function mayBeTaken(port: number): boolean {
  try {
    return ["/proc/net/tcp", "/proc/net/tcp6"].some((file) => listeningPorts(file).has(port));
  } catch {
    // Not Linux.
    return true;
  }
}

/** Each line is a socket: number, local address as hexadecimal ADDRESS:PORT, remote one, state; 0A is LISTEN. */
function listeningPorts(file: string): Set<number> {
  const ports = readFileSync(file, "utf8").matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /gm);
  return new Set(Array.from(ports, ([, port = ""]) => Number.parseInt(port, 16)));
}

async function listenAt(options: ListenOptions): Promise<Server> {
  const server = createServer();
  server.listen(options);
  await once(server, "listening");
  return server;
}

async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
