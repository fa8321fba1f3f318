import { readFileSync } from "node:fs";
import { WorldError } from "../base/mod.ts";
import { parseMosquittoText } from "./mosquitto-text.ts";
import { RuleSet } from "./rule-set.ts";
import { parseRuleText } from "./rule-text.ts";

/** How an access file is written: our own rules, or an ACL file of mosquitto as it is. */
export type RuleFormat = "akasa" | "mosquitto";

/**
 * The rules of an access file.
 *
 * @throws WorldError `file_missing`, `file_unreadable`, or `file_malformed` with the number of the first bad line
 */
export function readRuleFile(path: string, format: RuleFormat): RuleSet {
  const text = readText(path);
  return new RuleSet(format === "akasa" ? parseRuleText(text, path) : parseMosquittoText(text, path));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    if (code === "ENOENT")
      throw new WorldError("file_missing", `${path}: there is no such access file`, { cause: error });
    throw new WorldError("file_unreadable", `${path}: cannot be read (${code})`, { cause: error });
  }
}
