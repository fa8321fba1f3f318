import { ClassicLevel } from "classic-level";
import { WorldError } from "../../base/mod.ts";

/** The embedded database: ordered keys and values, both bytes. */
export type Database = ClassicLevel<Buffer, Buffer>;

const options = {
  keyEncoding: "buffer",
  valueEncoding: "buffer",
  // By a thread of the database, not on the way to an acknowledgement. Where the disk was full, what was written last
  // is written anew before anything else: then it counts that it becomes smaller.
  compression: true,
  cacheSize: 8 * 1024 * 1024,
  // The larger, the less often what was written is sorted into others; there may be two of them in memory.
  writeBufferSize: 16 * 1024 * 1024,
  // Open files are mapped into memory, whole: at most 64 of them, which is the least that LevelDB accepts. Larger ones
  // make writing cheaper and cost memory: `node bench/durable.ts` shows both.
  maxOpenFiles: 74,
  maxFileSize: 1280 * 1024,
} as const;

/**
 * Opens the database in a folder.
 * @param createIfMissing false for a folder that has held one: an empty one in its place would be a silent loss
 * @throws WorldError `store_locked`, `store_damaged`, `file_unwritable`
 */
export async function openDatabase(path: string, createIfMissing: boolean): Promise<Database> {
  const database: Database = new ClassicLevel<Buffer, Buffer>(path, { ...options, createIfMissing });
  try {
    await database.open();
    return database;
  } catch (error) {
    await database.close().catch(() => {
      // It was never open: there is nothing that could be lost.
    });
    throw explained(path, error);
  }
}

function explained(path: string, error: unknown): WorldError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const text = cause instanceof Error ? cause.message : String(cause);
  if (code === "LEVEL_LOCKED") {
    return new WorldError(
      "store_locked",
      `${path}: another process uses this data folder; stop it, or name another data_dir`,
      { cause: error },
    );
  }
  if (code === "LEVEL_CORRUPTION" || /does not exist|missing/i.test(text)) {
    return new WorldError(
      "store_damaged",
      `${path}: the store is damaged (${text}). Nothing was changed. Restore the data folder from a backup, or move it ` +
        "away to begin with an empty one",
      { cause: error },
    );
  }
  return new WorldError("file_unwritable", `${path}: the store cannot be opened (${text})`, { cause: error });
}
