import type { TopicFilter, TopicName } from "../protocol/mod.ts";
import { Action, type BoundRule } from "./rule.ts";
import { coversFilter, matchesTopic, meetsFilter } from "./topic-pattern.ts";

/** The first rule that speaks about connecting; null: none does. */
export function connectRule(rules: readonly BoundRule[]): BoundRule | null {
  return rules.find(({ rule }) => (rule.actions & Action.connect) !== 0) ?? null;
}

/** The first rule that speaks about publishing to the topic, or receiving from it; null: none does. */
export function topicRule(rules: readonly BoundRule[], action: number, topic: TopicName): BoundRule | null {
  for (const bound of rules) {
    if ((bound.rule.actions & action) === 0) continue;
    if (bound.pattern === null || matchesTopic(bound.pattern, topic)) return bound;
  }
  return null;
}

/**
 * The first rule that speaks about subscribing with the filter; null: none does. A rule allows what it covers as a
 * whole and denies what it meets in part: whoever may not read `secret/#` may not subscribe to `#`.
 */
export function subscribeRule(rules: readonly BoundRule[], filter: TopicFilter): BoundRule | null {
  for (const bound of rules) {
    const { rule, pattern } = bound;
    if ((rule.actions & Action.subscribe) === 0) continue;
    if (pattern === null) return bound;
    if (rule.effect === "allow" ? coversFilter(pattern, filter) : meetsFilter(pattern, filter)) return bound;
  }
  return null;
}
