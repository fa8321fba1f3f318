import { WorldError } from "../../base/mod.ts";
import { replaceFile } from "../replace-file.ts";
import { readUserFile, realFile } from "../user-file.ts";
import type { ScramCredential } from "./credential.ts";
import { parseScramUsers, scramNameProblem, type ScramUsers, withScramUser } from "./text.ts";

/** A user to put into a SCRAM file. */
export interface NewScramUser {
  readonly userName: string;
  readonly credential: ScramCredential;
  /** Begin an empty file; one that exists is replaced. */
  readonly create: boolean;
}

const advice =
  "there is no such file of SCRAM users; make it with: akasa insert-scram-user --create --path FILE --username NAME";

/**
 * Puts a user into a SCRAM file, or gives an existing one another password. The file is replaced in one step.
 *
 * @throws WorldError `usage` for a name that cannot stand in the file, `file_missing`, `file_malformed` (the file is
 * left as it is), `file_unreadable`, `file_unwritable`.
 */
export function insertScramUser(file: string, user: NewScramUser): void {
  const problem = scramNameProblem(user.userName);
  if (problem !== null) throw new WorldError("usage", problem);
  const target = realFile(file, advice, user);
  const before = user.create ? null : readUserFile(target, advice, file);
  if (before !== null) parseScramUsers(before, file);
  replaceFile({ path: target, text: withScramUser(before ?? "", user.userName, user.credential), expected: before });
}

/**
 * The users of a SCRAM file.
 *
 * @throws WorldError `file_missing`, `file_unreadable`, `file_malformed`.
 */
export function readScramFile(file: string): ScramUsers {
  return parseScramUsers(readUserFile(file, advice), file);
}
