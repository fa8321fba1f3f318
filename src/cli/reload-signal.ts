import type { EventEmitter } from "node:events";

import { type Logger, WorldError } from "../base/mod.ts";
import type { Broker } from "../broker/mod.ts";
import type { LoadedConfig } from "../config/mod.ts";

/**
 * Whenever SIGHUP comes: reads the files that changed, and loads the hooks anew that the configuration file names by
 * then. A mistake in it, or in a module, is logged, and the hooks stay as they were.
 */
export function reloadOnSignal(
  source: Pick<EventEmitter, "on">,
  { broker, load, logger }: { readonly broker: Broker; readonly load: () => LoadedConfig; readonly logger: Logger },
): void {
  source.on("SIGHUP", () => {
    void reload(broker, load).then(
      () => logger.info("reloaded", { signal: "SIGHUP" }),
      (error: unknown) => {
        const problem = error instanceof WorldError ? error.message : String(error);
        logger.error("hooks not loaded; those from before stay", { problem });
      },
    );
  });
}

async function reload(broker: Broker, load: () => LoadedConfig): Promise<void> {
  await broker.reload();
  await broker.reloadHooks(load().config.hooks);
}
