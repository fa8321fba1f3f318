import { WorldError } from "../base/mod.ts";
import type { PasswordEntry } from "./password-entry.ts";
import { parseMosquittoLine } from "./mosquitto-line.ts";
import { formatLine, parseLine } from "./password-line.ts";

/** Whose file it is: ours and the original's, or one of mosquitto_passwd. */
export type PasswordFormat = "akasa" | "mosquitto";

/**
 * The users of a password file.
 *
 * @throws WorldError `file_malformed` with the number of the first bad line; a second line of a user is one too.
 */
export function parsePasswords(
  text: string,
  file: string,
  format: PasswordFormat = "akasa",
): Map<string, PasswordEntry> {
  const parse = format === "mosquitto" ? parseMosquittoLine : parseLine;
  const users = new Map<string, PasswordEntry>();
  for (const [index, line] of text.split("\n").entries()) {
    const parsed = parse(line);
    const malformed = (wrong: string): WorldError =>
      new WorldError("file_malformed", `${file}: line ${index + 1}: ${wrong}`);
    if (parsed.kind === "malformed") throw malformed(parsed.wrong);
    if (parsed.kind !== "user") continue;
    if (users.has(parsed.userName)) throw malformed("a user of this name stands in an earlier line");
    users.set(parsed.userName, parsed.entry);
  }
  return users;
}

/** The text with the user's line replaced, or added at the end; comments and the order of lines stay. */
export function withUser(text: string, userName: string, entry: PasswordEntry): string {
  const lines = linesOf(text);
  const index = lineOf(lines, userName);
  lines.splice(index < 0 ? lines.length : index, index < 0 ? 0 : 1, formatLine(userName, entry));
  return joined(lines);
}

/** The text without the user's line, or null if there is no such user. */
export function withoutUser(text: string, userName: string): string | null {
  const lines = linesOf(text);
  const index = lineOf(lines, userName);
  return index < 0 ? null : joined(lines.toSpliced(index, 1));
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function lineOf(lines: readonly string[], userName: string): number {
  return lines.findIndex((line) => {
    const parsed = parseLine(line);
    return parsed.kind === "user" && parsed.userName === userName;
  });
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
