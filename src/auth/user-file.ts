import { readFileSync, realpathSync } from "node:fs";

import { WorldError } from "../base/mod.ts";

/**
 * The text of a file with users or keys.
 *
 * @param advice how to make the file, where it is missing
 * @throws WorldError `file_missing`, `file_unreadable`.
 */
export function readUserFile(path: string, advice: string, shownAs: string = path): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw unreadable(error, shownAs, advice);
  }
}

/**
 * The file behind symbolic links: it is the one to replace, not the link.
 *
 * @throws WorldError `file_missing` unless `create`, `file_unreadable`.
 */
export function realFile(file: string, advice: string, { create }: { readonly create: boolean }): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (create && codeOf(error) === "ENOENT") return file;
    throw unreadable(error, file, advice);
  }
}

function unreadable(error: unknown, file: string, advice: string): WorldError {
  const code = codeOf(error);
  if (code === "ENOENT") return new WorldError("file_missing", `${file}: ${advice}`, { cause: error });
  const why = code === "ELOOP" ? "its symbolic links form a circle" : (code ?? "unknown reason");
  return new WorldError("file_unreadable", `${file}: cannot be read (${why})`, { cause: error });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
