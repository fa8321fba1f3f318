import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** One request that came, its body read. */
export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What the server says; null: nothing, the client waits. */
export type Reply = { readonly status?: number; readonly body: string } | null;

/** An HTTP server for one test, on a free loopback port. */
export interface HttpServer extends AsyncDisposable {
  readonly url: string;
  /** All requests, in order. */
  readonly requests: readonly ServedRequest[];
}

/** Starts an HTTP server that answers every request as `reply` says. */
export async function startHttpServer(reply: (request: ServedRequest) => Reply | Promise<Reply>): Promise<HttpServer> {
  const requests: ServedRequest[] = [];
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url: path = "", headers } = incoming;
    const request = { method, path, headers, body: await text(incoming) };
    requests.push(request);
    const answer = await reply(request);
    if (answer === null) return;
    response.writeHead(answer.status ?? 200, { "content-type": "application/json" });
    response.end(answer.body);
  };
  const server = createServer((incoming, response) => void serve(incoming, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    requests,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
