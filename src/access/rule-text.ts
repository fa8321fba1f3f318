import { WorldError } from "../base/mod.ts";
import type { Rule } from "./rule.ts";
import { parseRuleLine } from "./rule-line.ts";

/**
 * The rules of an access file, in its order.
 *
 * @throws WorldError `file_malformed` with the number of the first bad line
 */
export function parseRuleText(text: string, file: string): Rule[] {
  const rules: Rule[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const parsed = parseRuleLine(line, index + 1);
    if (parsed.kind === "malformed") {
      throw new WorldError("file_malformed", `${file}: line ${index + 1}: ${parsed.wrong}`);
    }
    if (parsed.kind === "rule") rules.push(parsed.rule);
  }
  return rules;
}
