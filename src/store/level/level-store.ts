import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { WorldError } from "../../base/mod.ts";
import { type BatchCounts, BatchTarget } from "./batch-target.ts";
import { prepareDataFolder, writeFormat } from "./data-folder.ts";
import { migrate } from "./migrate.ts";
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

  /**
   * @throws WorldError `store_locked`, `store_damaged`, `store_too_new`, `store_too_old`, `file_unwritable`,
   *   `file_unreadable`
   */
  static async open(path: string): Promise<LevelStore> {
    const { database: folder, isNew, version } = await prepareDataFolder(path);
    const database = await openDatabase(folder, isNew);
    try {
      if (isNew) await writeFormat(path);
      else await migrate({ path, database, version, noteVersion: (now) => writeFormat(path, now) });
    } catch (error) {
      await database.close();
      throw error;
    }
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
    const [first, last] = [Buffer.of(0), Buffer.of(0xff)];
    try {
      // LevelDB rewrites a file only together with files above it: what is in memory becomes files, and two deletions
      // of what is not there another file, which spans all keys.
      await this.#database.compactRange(last, last);
      await this.#database.batch().del(first).del(last).write();
      await this.#database.compactRange(first, last);
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
