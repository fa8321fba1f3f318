import fc from "fast-check";
import { type TopicName, topicName } from "../../protocol/mod.ts";
import { fuzz, type FuzzBudget } from "../../../test/kit/fuzz-run.ts";
import { explain } from "../explain.ts";
import { RuleSet } from "../rule-set.ts";
import { parseRuleLine } from "../rule-line.ts";
import type { Subject } from "../subject.ts";

const characters = fc.constantFrom("a", "b", "/", "+", "#", "%", "c", "u", "$", ".", "", "\\", '"', " ");
const name = fc.array(characters, { maxLength: 6 }).map((parts) => parts.join(""));
const pattern = fc.constantFrom("own/%c/#", "own/%c", "own/x%c/#", "own/%c%c/+", "own/%u/%c", "own/%u-%c/#");

/** The level of a client that its rule means: what stands between the second and the third slash. */
function ownLevel(rule: string, clientId: string, userName: string): string {
  return (rule.split("/")[1] ?? "").replaceAll(/%[cu]/g, (sign) => (sign === "%c" ? clientId : userName));
}

/**
 * Whatever a client calls itself, a rule with its name allows topics below its own level only; and whatever stands in
 * a line of a file, reading it ends with a rule, nothing, or a sentence that says what is wrong.
 */
export function run(budget: FuzzBudget): number {
  const property = fc.property(pattern, fc.tuple(name, name, name), fc.string(), (text, names, line) => {
    const [clientId, userName, below] = names;
    parseRuleLine(`allow publish ${line}`, 1);
    parseRuleLine(line, 1);
    const parsed = parseRuleLine(`allow publish ${text}`, 1);
    if (parsed.kind !== "rule") throw new Error(`${text} is no rule`);
    const rules = new RuleSet([parsed.rule]);
    const subject: Subject = { clientId, userName, groups: [], address: "192.0.2.7", listener: "mqtt" };
    for (const topic of [`own/${clientId}/${below}`, `own/${below}`, `own/${below}/${below}`, `own/${userName}/a`]) {
      if (/[+#]/.test(topic)) continue;
      const question = { action: "publish", topic: topicName(topic) } as const;
      const { allowed } = explain(rules, subject, question, "deny");
      if (allowed && (topic as TopicName).split("/")[1] !== ownLevel(text, clientId, userName)) {
        throw new Error(`${text} allows ${topic} to ${JSON.stringify({ clientId, userName })}`);
      }
    }
  });
  return fuzz(property, budget);
}
