import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { WorldError } from "../../base/mod.ts";
import { type BatchCounts, BatchTarget } from "./batch-target.ts";
import { prepareDataFolder, writeFormat } from "./data-folder.ts";
import { type Database, openDatabase } from "./open-database.ts";

/** A database that a journal writes to. */
export interface JournalDatabase {
  readonly database: Database;
  /** A write batch as an event target; `failed` is the attempt that it repeats. */
  target(counts: BatchCounts, failed: BatchTarget | null): BatchTarget;
  /** Closes the database and opens it anew. */
  reopen(): Promise<void>;
  /** Bytes of the database's files. */
  size(): Promise<number>;
  /** Merges files, so that deleted keys take no room. */
  compact(): Promise<void>;
  /** Runs what reads, with the data folder's path in front of what it says about damage. */
  guarded<T>(read: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The database in a data folder. */
export class LevelStore implements JournalDatabase {
  readonly #path: string;
  readonly #folder: string;
  #database: Database;

  private constructor(path: string, folder: string, database: Database) {
    this.#path = path;
    this.#folder = folder;
    this.#database = database;
  }

  /** @throws WorldError `store_locked`, `store_damaged`, `store_too_new`, `file_unwritable`, `file_unreadable` */
  static async open(path: string): Promise<LevelStore> {
    const { database: folder, isNew } = await prepareDataFolder(path);
    const database = await openDatabase(folder, isNew);
    if (isNew) await writeFormat(path);
    return new LevelStore(path, folder, database);
  }

  get database(): Database {
    return this.#database;
  }

  target(counts: BatchCounts, failed: BatchTarget | null): BatchTarget {
    return new BatchTarget(this.#database, counts, failed);
  }

  async reopen(): Promise<void> {
    await this.#database.close();
    this.#database = await openDatabase(this.#folder, false);
  }

  async size(): Promise<number> {
    let bytes = 0;
    for (const name of await readdir(this.#folder).catch(() => [])) {
      // A file may go while they are looked at.
      bytes += await stat(join(this.#folder, name)).then(
        ({ size }) => size,
        () => 0,
      );
    }
    return bytes;
  }

  async compact(): Promise<void> {
    try {
      await this.#database.compactRange(Buffer.of(0), Buffer.of(0xff));
    } catch {
      // The database was closed meanwhile, or the disk fails, which the next commit tells.
    }
  }

  async guarded<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new WorldError(
        "store_damaged",
        `${this.#path}: the store is damaged (${text}). Nothing was changed. Restore the data folder from a backup, or ` +
          "move it away to begin with an empty one",
        { cause: error },
      );
    }
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}
