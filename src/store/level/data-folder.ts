import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { WorldError } from "../../base/mod.ts";
import { formatVersion } from "../events/event-type.ts";

/** Says which version of Akasa's layout a data folder has: one line of text. */
const formatFile = "FORMAT";
const newFormatFile = "FORMAT.new";
const formatLine = /^akasa data folder, format (\d+)\n?$/;

/** The folder in which the database itself lies. */
const databaseFolder = "db";

/** A folder that may be opened as a store. */
export interface DataFolder {
  /** Path of the database's own folder. */
  readonly database: string;
  /** True if there is nothing in it yet. */
  readonly isNew: boolean;
  /** Layout of what is in it. */
  readonly version: number;
}

/**
 * Looks at a data folder, and makes it where there is none.
 * @throws WorldError `store_too_new`, `store_damaged` if it is not one of Akasa's or its FORMAT cannot be understood,
 *   `file_unwritable`, `file_unreadable`
 */
export async function prepareDataFolder(path: string): Promise<DataFolder> {
  const database = join(path, databaseFolder);
  const version = await readVersion(path);
  if (version !== null) {
    if (version > formatVersion) {
      throw new WorldError(
        "store_too_new",
        `${path}: the data was written by a newer version of Akasa (format ${version}, this version reads up to ` +
          `${formatVersion}); start that version, or use another data_dir`,
      );
    }
    return { database, isNew: false, version };
  }
  try {
    // The messages in it are nobody else's business.
    await makeFolder(path);
    const files = await readdir(path);
    // A database alone: the process ended before it could write FORMAT.
    if (files.some((name) => name !== databaseFolder && name !== newFormatFile)) {
      throw new WorldError(
        "store_damaged",
        `${path}: the folder is not empty and has no file FORMAT, so it is no data folder of Akasa's, or a damaged one; ` +
          "name another data_dir, or restore the folder from a backup",
      );
    }
  } catch (error) {
    if (error instanceof WorldError) throw error;
    throw unwritable(path, error);
  }
  return { database, isNew: true, version: formatVersion };
}

/**
 * Makes a folder and those above it. Not by `recursive`: that never ends where a file system answers ENOENT though the
 * folder above is there, as /proc does.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    const above = dirname(path);
    if (codeOf(error) !== "ENOENT" || above === path) throw error;
    await makeFolder(above);
    await mkdir(path, { mode: 0o700 });
  }
}

/**
 * True if there is a data folder of Akasa's.
 * @throws WorldError `store_damaged`, `file_unreadable`
 */
export async function isDataFolder(path: string): Promise<boolean> {
  return (await readVersion(path)) !== null;
}

/** Says that the folder holds a database of a version: from now on one that is missing is a damage. */
export async function writeFormat(path: string, version: number = formatVersion): Promise<void> {
  try {
    // Under another name first: a FORMAT that is there is whole.
    await writeFile(join(path, newFormatFile), `akasa data folder, format ${version}\n`, { flush: true });
    await rename(join(path, newFormatFile), join(path, formatFile));
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): WorldError {
  return new WorldError("file_unwritable", `${path}: the data folder cannot be made (${codeOf(error)})`, {
    cause: error,
  });
}

/** Null where there is no FORMAT. */
async function readVersion(path: string): Promise<number | null> {
  const file = join(path, formatFile);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return null;
    throw new WorldError("file_unreadable", `${file}: cannot be read (${code})`, { cause: error });
  }
  const version = Number(formatLine.exec(text)?.[1] ?? 0);
  if (version === 0) {
    throw new WorldError("store_damaged", `${file}: is not what Akasa writes; restore it from a backup`);
  }
  return version;
}

/** The system's name for an error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
