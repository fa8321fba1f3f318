import { readFileSync, realpathSync } from "node:fs";

import { WorldError } from "../base/mod.ts";
import type { PasswordEntry } from "./password-entry.ts";
import { userNameProblem } from "./password-line.ts";
import { parsePasswords, withoutUser, withUser } from "./password-text.ts";
import { replaceFile } from "./replace-file.ts";

/** A user to put into a password file. */
export interface NewUser {
  readonly userName: string;
  readonly entry: PasswordEntry;
  /** Begin an empty file; one that exists is replaced. */
  readonly create: boolean;
}

/**
 * Puts a user into a password file, or gives an existing one another password. The file is replaced in one step, so
 * that a broker that reads it meanwhile sees the old file or the new one.
 *
 * @throws WorldError `usage` for a name that cannot stand in the file, `file_missing`, `file_malformed` (the file is
 * left as it is), `file_unreadable`, `file_unwritable`.
 */
export function insertUser(file: string, user: NewUser): void {
  const problem = userNameProblem(user.userName);
  if (problem !== null) throw new WorldError("usage", problem);
  const target = resolved(file, user.create);
  const before = user.create ? null : readPasswordFile(target, file);
  if (before !== null) parsePasswords(before, file);
  replaceFile({ path: target, text: withUser(before ?? "", user.userName, user.entry), expected: before });
}

/**
 * Takes a user out of a password file; false if it has no such user.
 *
 * @throws WorldError as {@link insertUser}.
 */
export function removeUser(file: string, userName: string): boolean {
  const target = resolved(file, false);
  const before = readPasswordFile(target, file);
  parsePasswords(before, file);
  const after = withoutUser(before, userName);
  if (after === null) return false;
  replaceFile({ path: target, text: after, expected: before });
  return true;
}

/**
 * How many users a password file has: a check that it can be used.
 *
 * @throws WorldError `file_missing`, `file_unreadable`, `file_malformed`.
 */
export function countUsers(file: string): number {
  return parsePasswords(readPasswordFile(file), file).size;
}

/**
 * The text of a password file.
 *
 * @throws WorldError `file_missing`, `file_unreadable`.
 */
export function readPasswordFile(path: string, shownAs: string = path): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw unreadable(error, shownAs);
  }
}

/** The file behind symbolic links: it is the one to replace, not the link. */
function resolved(file: string, create: boolean): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (create && codeOf(error) === "ENOENT") return file;
    throw unreadable(error, file);
  }
}

function unreadable(error: unknown, file: string): WorldError {
  const code = codeOf(error);
  if (code === "ENOENT") {
    const advice = "make it with: akasa insert-password --create --path FILE --username NAME";
    return new WorldError("file_missing", `${file}: there is no such password file; ${advice}`, { cause: error });
  }
  const why = code === "ELOOP" ? "its symbolic links form a circle" : (code ?? "unknown reason");
  return new WorldError("file_unreadable", `${file}: cannot be read (${why})`, { cause: error });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
