import { type Clock, type Logger, systemClock } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { type Journal, LevelStore, LocalJournal, MemoryJournal } from "../store/mod.ts";

/** True if some topics are kept beyond the process. */
function isLocal({ durability }: Config): boolean {
  return typeof durability === "string" ? durability === "local" : durability.some(({ level }) => level === "local");
}

/**
 * Opens the engine that the configuration asks for.
 * @throws WorldError a data folder that is in use, damaged, of a newer version, or cannot be written
 */
export async function openJournal(
  config: Config,
  services: { readonly clock: Clock; readonly logger: Logger },
): Promise<Journal> {
  if (!isLocal(config)) return new MemoryJournal();
  const store = await LevelStore.open(config.data_dir);
  // The disk's time goes on where a test has stopped the broker's.
  return new LocalJournal(store, { storeBytesMax: config.max_store_bytes }, { ...services, pace: systemClock });
}
