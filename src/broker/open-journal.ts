import type { MessagePort } from "node:worker_threads";
import { type Clock, type Logger, systemClock } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import {
  type FromStore,
  type Journal,
  LevelStore,
  LocalJournal,
  MemoryJournal,
  SharedJournal,
  StoreServer,
  StoreWriter,
  ThreadPort,
  type ToStore,
} from "../store/mod.ts";

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

/**
 * Opens the store that several shards share; null where nothing is kept beyond the process.
 * @throws WorldError as {@link openJournal}
 */
export async function openSharedStore(config: Config, places: number, logger: Logger): Promise<StoreServer | null> {
  if (!isLocal(config)) return null;
  const store = await LevelStore.open(config.data_dir);
  const writer = new StoreWriter(store, { storeBytesMax: config.max_store_bytes }, { pace: systemClock, logger });
  return new StoreServer(writer, places);
}

/** The way from a shard's thread to the thread that has the store. */
export interface StoreDoor {
  readonly port: MessagePort;
  /** Where the shard stands among those that share the store. */
  readonly place: number;
}

/** The journal of a shard that shares a store. */
export function sharedJournal({ port, place }: StoreDoor, clock: Clock): Journal {
  return new SharedJournal({ port: new ThreadPort<ToStore, FromStore>(port), place, clock, pace: systemClock });
}
