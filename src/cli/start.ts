import type { Command } from "commander";

import { type Logger, packageVersion, systemClock } from "../base/mod.ts";
import type { Admin } from "../admin/mod.ts";
import type { Broker } from "../broker/mod.ts";
import { clientListeners, isLocal, loadConfig, type LoadedConfig, parseListenerAddress } from "../config/mod.ts";
import { asConfigError } from "./config-error.ts";
import { ExitCode } from "./exit-code.ts";
import { createPinoLogger } from "./pino-logger.ts";
import { reloadOnSignal } from "./reload-signal.ts";
import { stopSignal } from "./stop-signal.ts";
import { warningLine } from "./warning-line.ts";

interface StartOptions {
  readonly config?: string;
}

const more = `
Without --config the broker listens on 127.0.0.1:1883, so that only programs on this machine reach it, and asks for no
password. Every setting can also be given as an environment variable, as AKASA_LISTENERS_MQTT_ADDR=127.0.0.1:2883.

SIGHUP reads files that changed at once (they are looked at every second as well), and loads the modules of hooks anew.
Ctrl-C (SIGINT) or SIGTERM ends it in order; a second one ends it at once.
Exit codes: 0 stopped when asked to; 78 a mistake in the configuration, nothing was started; 1 anything else.
`;

/** `akasa start` */
export function addStart(program: Command): void {
  program
    .command("start")
    .description("Start the broker.")
    .option("-c, --config <file>", "configuration file (YAML); akasa default-config prints one")
    .addHelpText("after", more)
    .action(start);
}

async function start(options: StartOptions): Promise<void> {
  const stop = stopSignal(process);
  const loaded = load(options.config);
  const { config, warnings } = loaded;
  const logger = createPinoLogger({ level: config.log_level, format: config.log_format, nodeId: config.node_id });
  for (const warning of warnings) logger.warn(`configuration: ${warningLine(warning)}`);
  const broker = await Promise.race([startBroker(loaded, logger), stop]);
  if (typeof broker === "string") {
    // What is on the disk is whole at every moment; there is nobody to tell, and nothing to finish.
    logger.info("stopped before it was ready", { signal: broker });
    process.exit(ExitCode.success);
  }
  const admin = await startAdmin(loaded, broker, logger);
  for (const { name, address } of broker.listeners) logger.info("listening", { listener: name, address });
  if (admin !== null) logger.info("listening", { listener: "http", address: admin.address });
  sayWhoMayConnect(loaded, options, logger);
  reloadOnSignal(process, { broker, load: () => load(options.config), logger });
  const signal = await stop;
  logger.info("stopping", { signal });
  const deadline = systemClock.now() + config.shutdown_timeout_seconds * 1000;
  await broker.stop();
  // Last, so that /health tells of the stop while it lasts.
  await admin?.stop(Math.max(0, deadline - systemClock.now()));
  logger.info("stopped");
}

function load(file: string | undefined): LoadedConfig {
  try {
    return loadConfig({ file, env: process.env });
  } catch (error) {
    throw asConfigError(error);
  }
}

async function startBroker({ config }: LoadedConfig, logger: Logger): Promise<Broker> {
  // Loaded here and not above, so that `akasa --help` does not wait for the whole broker.
  const broker = await import("../broker/mod.ts");
  try {
    return await broker.startBroker(config, { logger });
  } catch (error) {
    throw asConfigError(error);
  }
}

/** Opens the HTTP listener where there is one; where it cannot be opened, nothing goes on running. */
async function startAdmin({ config }: LoadedConfig, broker: Broker, logger: Logger): Promise<Admin | null> {
  const listener = config.listeners.http;
  if (listener === null) return null;
  const admin = await import("../admin/mod.ts");
  try {
    return await admin.startAdmin({ listener, broker, nodeId: config.node_id, version: packageVersion(), logger });
  } catch (error) {
    await broker.stop();
    throw error;
  }
}

function sayWhoMayConnect({ config }: LoadedConfig, options: StartOptions, logger: Logger): void {
  if (config.auth.enable) return;
  const addresses = clientListeners(config.listeners).map(({ settings }) => parseListenerAddress(settings.addr));
  if (addresses.some((address) => address !== null && !isLocal(address))) {
    logger.warn("everyone who reaches a listener may connect without a password (auth.enable is false)");
  } else if (options.config === undefined) {
    logger.info("no configuration file: only this machine is served and no password is asked for");
  }
}
