import { readFileSync } from "node:fs";
import { createServer as createWebServer } from "node:http";
import { createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { Aedes } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";

// node bench/peers/aedes.ts PORT [tls CERTIFICATE KEY | ws]
const [, , port, carrier, certificate = "", key = ""] = process.argv;
const broker = await Aedes.createBroker();

function open(): ReturnType<typeof createServer> | ReturnType<typeof createWebServer> {
  if (carrier === "tls") {
    return createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, broker.handle);
  }
  if (carrier !== "ws") return createServer({ noDelay: true }, broker.handle);
  const server = createWebServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on("connection", (socket, request) => void broker.handle(createWebSocketStream(socket), request));
  return server;
}

open().listen({ port: Number(port), host: "127.0.0.1", backlog: 4096 });
