import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

import { WorldError } from "../base/mod.ts";

/** A file and what it shall contain. */
export interface Replacement {
  readonly path: string;
  readonly text: string;
  /** What the file must still contain, so that no change of another program is lost; null: anything, also nothing. */
  readonly expected: string | null;
}

/**
 * Replaces a file in one step: a reader, or a crash at any moment, finds the old text or the new one. The mode and the
 * owner of the old file stay; a new file can be read by its owner only.
 *
 * @throws WorldError `file_unwritable`.
 */
export function replaceFile(replacement: Replacement): void {
  const { path } = replacement;
  // In the same directory, because rename works only inside one file system.
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    writeTemporary(temporary, replacement.text, statSync(path, { throwIfNoEntry: false }));
    if (replacement.expected !== null && readFileSync(path, "utf8") !== replacement.expected) {
      throw new WorldError("file_unwritable", `${path}: another program has changed it meanwhile; try again`);
    }
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    if (error instanceof WorldError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new WorldError("file_unwritable", `${path}: cannot be written (${code})`, { cause: error });
  }
}

function writeTemporary(temporary: string, text: string, old: Stats | undefined): void {
  const descriptor = openSync(temporary, "wx", 0o600);
  try {
    if (old !== undefined) {
      // Without this a file that root changes would no longer be readable for the broker's user.
      if (old.uid !== process.getuid?.() || old.gid !== process.getgid?.()) fchownSync(descriptor, old.uid, old.gid);
      fchmodSync(descriptor, old.mode & 0o777);
    }
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
