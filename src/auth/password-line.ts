import { formatEntry, parseEntry, type PasswordEntry } from "./password-entry.ts";

/** A line of a password file. */
export type PasswordLine =
  | { readonly kind: "user"; readonly userName: string; readonly entry: PasswordEntry }
  | { readonly kind: "blank" }
  | { readonly kind: "malformed"; readonly wrong: string };

/** Reads one line: `user:hash`, a comment that starts with `#`, or nothing. */
export function parseLine(line: string): PasswordLine {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return { kind: "blank" };
  // The last colon: a user name may contain some, base64 and the names of algorithms cannot.
  const colon = text.lastIndexOf(":");
  if (colon < 1) return { kind: "malformed", wrong: "expected USER:ALGORITHM,...,SALT,HASH" };
  const parsed = parseEntry(text.slice(colon + 1));
  if ("wrong" in parsed) return { kind: "malformed", wrong: parsed.wrong };
  return { kind: "user", userName: text.slice(0, colon), entry: parsed.entry };
}

/** The line of a user. */
export function formatLine(userName: string, entry: PasswordEntry): string {
  return `${userName}:${formatEntry(entry)}`;
}

/** Why the name cannot stand in a password file, or null if it can. */
export function userNameProblem(userName: string): string | null {
  if (userName === "") return "a user name must not be empty";
  if (userName.trim() !== userName) return "a user name must not begin or end with a space";
  if (userName.startsWith("#")) return "a user name must not begin with #, which starts a comment in the password file";
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return /[\u0000-\u001f\u007f-\u009f]/.test(userName) ? "a user name must not contain control characters" : null;
}
