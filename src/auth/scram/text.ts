import { WorldError } from "../../base/mod.ts";
import { userNameProblem } from "../password-line.ts";
import { formatCredential, parseCredential, type ScramCredential } from "./credential.ts";
import type { ScramMechanism } from "./mechanism.ts";
import { prepared } from "./prepare.ts";

/** The users of a SCRAM file by mechanism. */
export type ScramUsers = ReadonlyMap<ScramMechanism, ReadonlyMap<string, ScramCredential>>;

/** Puts one more user in. False if there is one of this name already. */
export function addUser(
  users: Map<ScramMechanism, Map<string, ScramCredential>>,
  userName: string,
  credential: ScramCredential,
): boolean {
  const ofMechanism = users.get(credential.mechanism) ?? new Map<string, ScramCredential>();
  users.set(credential.mechanism, ofMechanism);
  if (ofMechanism.has(userName)) return false;
  ofMechanism.set(userName, credential);
  return true;
}

/**
 * The users of a file of lines `USER:MECHANISM$ITERATIONS:SALT$STOREDKEY:SERVERKEY`; empty lines and lines that begin
 * with `#` say nothing. One user may have a line for each mechanism.
 *
 * @throws WorldError `file_malformed` with the number of the first bad line.
 */
export function parseScramUsers(text: string, file: string): ScramUsers {
  const users = new Map<ScramMechanism, Map<string, ScramCredential>>();
  for (const [index, line] of text.split("\n").entries()) {
    const parsed = parseLine(line);
    const malformed = (wrong: string): WorldError =>
      new WorldError("file_malformed", `${file}: line ${index + 1}: ${wrong}`);
    if (parsed === null) continue;
    if ("wrong" in parsed) throw malformed(parsed.wrong);
    if (!addUser(users, parsed.userName, parsed.credential)) {
      throw malformed("a user of this name and mechanism stands in an earlier line");
    }
  }
  return users;
}

/** The text with the user's line for this mechanism replaced, or added at the end. */
export function withScramUser(text: string, userName: string, credential: ScramCredential): string {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const index = lines.findIndex((line) => {
    const parsed = parseLine(line);
    const isUser = parsed !== null && !("wrong" in parsed) && parsed.userName === userName;
    return isUser && parsed.credential.mechanism === credential.mechanism;
  });
  lines.splice(index < 0 ? lines.length : index, index < 0 ? 0 : 1, `${userName}:${formatCredential(credential)}`);
  return lines.map((line) => `${line}\n`).join("");
}

/** Why the name cannot stand in a SCRAM file, or null if it can. */
export function scramNameProblem(userName: string): string | null {
  const problem = userNameProblem(userName);
  if (problem !== null) return problem;
  return prepared(userName) === userName ? null : "a user name for SCRAM must be in the form that SASLprep gives it";
}

type Line = { readonly userName: string; readonly credential: ScramCredential } | { readonly wrong: string };

function parseLine(line: string): Line | null {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return null;
  // The last place where a mechanism could begin: a user name may contain colons.
  const at = text.lastIndexOf(":SCRAM-");
  if (at < 1) return { wrong: "expected USER:MECHANISM$ITERATIONS:SALT$STOREDKEY:SERVERKEY" };
  const credential = parseCredential(text.slice(at + 1));
  return "wrong" in credential ? credential : { userName: text.slice(0, at), credential };
}
