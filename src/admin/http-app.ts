import { fastify, type FastifyInstance } from "fastify";
import type { Logger } from "../base/mod.ts";
import type { Health } from "./health.ts";
import type { Metrics } from "./metrics.ts";

/** What the paths answer. */
export interface HttpAppParts {
  readonly health: () => Health;
  /** Null where /metrics is switched off. */
  readonly metrics: Metrics | null;
  readonly logger: Logger;
}

/** No request of ours has a body. */
const bodyBytesMax = 1024;
const headerBytesMax = 8192;
/** Connections at the same time: a few scrapers and probes, not clients. */
const connectionsMax = 128;
const requestMilliseconds = 10_000;
/** Longer than the usual interval between two scrapes, so that a scraper keeps its connection. */
const keepAliveMilliseconds = 75_000;

/**
 * The paths and the limits of the HTTP listener. Every error is answered as JSON, as `{statusCode, error, message}`.
 */
export async function createHttpApp({ health, metrics, logger }: HttpAppParts): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: bodyBytesMax,
    connectionTimeout: requestMilliseconds,
    requestTimeout: requestMilliseconds,
    keepAliveTimeout: keepAliveMilliseconds,
    http: {
      maxHeaderSize: headerBytesMax,
      headersTimeout: requestMilliseconds,
      // Node looks for requests that are over their time every 30 s otherwise.
      connectionsCheckingInterval: 1000,
    },
  });
  app.server.maxConnections = connectionsMax;
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });
  app.get("/health", async (_request, reply) => {
    const answer = health();
    return reply.code(answer.status === "ok" ? 200 : 503).send(answer);
  });
  if (metrics !== null) {
    app.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.scrape()));
  }
  const paths = metrics === null ? "there is GET /health" : "there are GET /health and GET /metrics";
  app.setNotFoundHandler(async (_request, reply) => {
    return reply.code(404).send({ statusCode: 404, error: "Not Found", message: paths });
  });
  app.setErrorHandler(async (error, _request, reply) => {
    const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
    // Mistakes of the peer, in fastify's words and shape.
    if (status < 500) return reply.code(status).send(error);
    logger.error("a bug in Akasa has cost an HTTP request its answer", { error: textOf(error) });
    return reply
      .code(500)
      .send({ statusCode: 500, error: "Internal Server Error", message: "see the log of the broker" });
  });
  await app.ready();
  return app;
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
