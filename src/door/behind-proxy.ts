import type { Server } from "node:net";
import { Doorstep, type DoorstepOptions } from "./doorstep.ts";
import { receive } from "./guest.ts";
import type { ProxySettings } from "./proxy-peer.ts";
import { proxyStage } from "./proxy-stage.ts";

/**
 * Lets the connections of a server that listens by itself, as that of node:http, show a PROXY header first: whoever
 * handled its `connection` events gets them when the header is complete.
 */
export function putBehindProxy(server: Server, proxy: ProxySettings, options: DoorstepOptions): void {
  const handlers = server.listeners("connection");
  const doorstep = new Doorstep(options);
  const stage = proxyStage(proxy, ({ socket, visit }) => {
    visit.over();
    for (const handler of handlers) Reflect.apply(handler, server, [socket]);
    socket.resume();
  });
  server.removeAllListeners("connection");
  server.on("connection", (socket) => {
    const guest = receive(socket, doorstep, typeof server.address() === "string");
    if (guest !== null) stage(guest);
  });
  server.on("close", () => doorstep.clear());
}
