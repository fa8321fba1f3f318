import { WorldError } from "../base/mod.ts";
import type { PasswordEntry } from "./password-entry.ts";
import { userNameProblem } from "./password-line.ts";
import { parsePasswords, withoutUser, withUser } from "./password-text.ts";
import { replaceFile } from "./replace-file.ts";
import { readUserFile, realFile } from "./user-file.ts";

/** A user to put into a password file. */
export interface NewUser {
  readonly userName: string;
  readonly entry: PasswordEntry;
  /** Begin an empty file; one that exists is replaced. */
  readonly create: boolean;
}

const advice =
  "there is no such password file; make it with: akasa insert-password --create --path FILE --username NAME";

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
  const target = realFile(file, advice, user);
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
  const target = realFile(file, advice, { create: false });
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
  return readUserFile(path, advice, shownAs);
}
