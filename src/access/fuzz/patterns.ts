import fc from "fast-check";
import { type TopicFilter, topicMatches, type TopicName } from "../../protocol/mod.ts";
import { fuzz, type FuzzBudget } from "../../../test/kit/fuzz-run.ts";
import { fillToAllow, parseTemplate } from "../pattern-template.ts";
import { coversFilter, matchesTopic, meetsFilter, type TopicPattern } from "../topic-pattern.ts";

const level = fc.constantFrom("a", "b", "$x", "", "+");
const filter = fc
  .tuple(fc.array(level, { maxLength: 3 }), fc.boolean())
  .map(([levels, open]) => [...levels, ...(open ? ["#"] : [])].join("/"))
  .filter((text) => text !== "");

/** Every topic of up to four levels over the letters above, and one that no pattern names. */
const topics = [1, 2, 3, 4].flatMap((count) => listOf(count)).filter((topic) => topic !== "") as TopicName[];

function listOf(count: number): string[] {
  const levels = ["a", "b", "$x", "", "other"];
  if (count === 1) return levels;
  return listOf(count - 1).flatMap((rest) => levels.map((one) => `${rest}/${one}`));
}

/**
 * A rule's pattern against the plain wording of MQTT's rules over all short topics: what it matches, what it covers
 * (never more than it should: a rule would widen), what it meets (never less: a denial would leak).
 */
export function run(budget: FuzzBudget): number {
  const property = fc.property(filter, filter, (ruleText, wantedText) => {
    const template = parseTemplate(ruleText, { names: true, strict: true, dollarToo: false });
    if (typeof template === "string") throw new Error(template);
    const pattern = fillToAllow(template, { clientId: "c", userName: null }) as TopicPattern;
    const rule = ruleText as TopicFilter;
    const wanted = wantedText as TopicFilter;
    let covered = true;
    let met = false;
    for (const topic of topics) {
      const matched = topicMatches(rule, topic);
      if (matched !== matchesTopic(pattern, topic)) throw new Error(`${rule} and ${topic}: expected ${matched}`);
      if (!topicMatches(wanted, topic)) continue;
      covered &&= matched;
      met ||= matched;
    }
    if (coversFilter(pattern, wanted) && !covered) throw new Error(`${rule} does not cover ${wanted}`);
    if (rule === wanted && !coversFilter(pattern, wanted)) throw new Error(`${rule} covers itself`);
    if (met && !meetsFilter(pattern, wanted)) throw new Error(`${rule} meets ${wanted}`);
  });
  return fuzz(property, budget);
}
