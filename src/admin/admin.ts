import { type Clock, type Logger, silentLogger, systemClock } from "../base/mod.ts";
import type { Broker } from "../broker/mod.ts";
import type { HttpListenerConfig } from "../config/mod.ts";
import { healthOf } from "./health.ts";
import { createHttpApp } from "./http-app.ts";
import { listen } from "./listen.ts";
import { Metrics } from "./metrics.ts";
import { standBehindProxy } from "./stand-behind-proxy.ts";

/** What {@link startAdmin} needs. */
export interface AdminOptions {
  readonly listener: HttpListenerConfig;
  /** The broker to look into; started before, stopped by whoever started it. */
  readonly broker: Broker;
  /** Name of the broker in /health and `akasa_build_info`. */
  readonly nodeId: string;
  /** Version of Akasa in /health and `akasa_build_info`. */
  readonly version: string;
  /** Default: silence. */
  readonly logger?: Logger;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/** The open HTTP listener of a broker. */
export interface Admin {
  /** `host:port`, with the port that the system chose where 0 was asked for. */
  readonly address: string;
  readonly port: number;
  /**
   * Closes the listener: idle connections at once, those with a request in work when it is answered, and what is left
   * after `timeoutMilliseconds` (default 1000) is cut. To be called after the broker has stopped, so that /health tells
   * of the stop. A second call waits for the first.
   */
  stop(timeoutMilliseconds?: number): Promise<void>;
}

const stopMilliseconds = 1000;

/**
 * Serves /health and, unless `listener.prometheus` is false, /metrics of a running broker over HTTP, without any
 * authentication: the address should be reached from this machine or a private network only.
 * @throws WorldError `address_in_use`, `address_not_available`, `permission_denied`; nothing of it runs then
 */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const { listener, broker, version, nodeId } = options;
  const logger = options.logger ?? silentLogger;
  const clock = options.clock ?? systemClock;
  const build = { version, nodeId };
  const startedAt = clock.now();
  const metrics = listener.prometheus ? new Metrics({ broker, build, clock }) : null;
  const health = () => healthOf(broker, build, (clock.now() - startedAt) / 1000);
  const app = await createHttpApp({ health, metrics, logger });
  standBehindProxy(app.server, listener, { clock, logger });
  const close = async (timeoutMilliseconds: number): Promise<void> => {
    const deadline = clock.after(timeoutMilliseconds, () => app.server.closeAllConnections());
    await app.close();
    deadline.cancel();
    metrics?.stop();
  };
  let stopping: Promise<void> | null = null;
  try {
    const { address, port, local } = await listen(app.server, listener);
    if (!local) logger.warn("everyone who reaches the HTTP listener may read health and metrics", { address });
    return {
      address,
      port,
      stop: (timeoutMilliseconds = stopMilliseconds) => (stopping ??= close(timeoutMilliseconds)),
    };
  } catch (error) {
    await close(0);
    throw error;
  }
}
