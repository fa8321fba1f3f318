import type { Logger } from "../base/mod.ts";
import type { Rule } from "./rule.ts";
import type { RuleSet } from "./rule-set.ts";

/** What becomes different when one set of rules takes the place of another. */
export interface RuleDifference {
  readonly added: readonly Rule[];
  readonly removed: readonly Rule[];
  /** True if rules that stay stand in another order: the first that speaks decides, so that it may matter. */
  readonly reordered: boolean;
}

/** Compares by the text of the rules: a rule that only moved to another line is neither added nor removed. */
export function differenceOf(before: RuleSet, after: RuleSet): RuleDifference {
  const added = missingIn(before.rules, after.rules);
  const removed = missingIn(after.rules, before.rules);
  const stays = (rules: readonly Rule[], gone: readonly Rule[]): string[] =>
    rules.filter((rule) => !gone.includes(rule)).map(keyOf);
  const reordered = stays(before.rules, removed).join("\\n") !== stays(after.rules, added).join("\\n");
  return { added, removed, reordered };
}

function missingIn(rules: readonly Rule[], wanted: readonly Rule[]): Rule[] {
  const counts = new Map<string, number>();
  for (const rule of rules) counts.set(keyOf(rule), (counts.get(keyOf(rule)) ?? 0) + 1);
  return wanted.filter((rule) => {
    const left = counts.get(keyOf(rule)) ?? 0;
    counts.set(keyOf(rule), left - 1);
    return left <= 0;
  });
}

/** In mosquitto's format the same line means something else below another `user` line. */
function keyOf({ text, who }: Rule): string {
  return `${text} ${[...(who.users ?? [])].join()} ${who.anonymous}`;
}

/** Rules that the log names one by one. */
const namedMax = 50;

/** Tells the log what new rules change, before they come into force. */
export function logDifference(logger: Logger, file: string, difference: RuleDifference): void {
  const { added, removed, reordered } = difference;
  for (const { line, text } of removed.slice(0, namedMax)) logger.info("access rule goes", { file, line, rule: text });
  for (const { line, text } of added.slice(0, namedMax)) logger.info("access rule comes", { file, line, rule: text });
  logger.info("access rules change", { file, added: added.length, removed: removed.length, reordered });
}
