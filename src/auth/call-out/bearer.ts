import { WatchedFile, type WatchedFileServices, WorldError } from "../../base/mod.ts";
import { readUserFile } from "../user-file.ts";

const advice = "there is no such file with a bearer token";

/**
 * The token that a call-out shows: the first line of a file, which is read again when it changes.
 *
 * @throws WorldError `file_missing`, `file_unreadable`, `file_malformed`
 */
export function openBearer(path: string, services: WatchedFileServices): Promise<WatchedFile<string>> {
  const options = {
    path,
    name: "bearer token",
    read: () => {
      const token = readUserFile(path, advice).split("\n")[0]?.trim() ?? "";
      if (/^[\x21-\x7e]+$/.test(token)) return token;
      throw new WorldError("file_malformed", `${path}: the first line is not a token`);
    },
    fields: () => ({}),
    stays: "the one from before",
  };
  return WatchedFile.open(options, services);
}
