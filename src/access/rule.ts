import { fillToAllow, fillToDeny, type PatternTemplate } from "./pattern-template.ts";
import type { Conditions, Subject } from "./subject.ts";
import type { TopicPattern } from "./topic-pattern.ts";

/** What a rule speaks about; bits, so that one rule can speak about several. */
export const Action = { connect: 1, publish: 2, subscribe: 4, receive: 8 } as const;

/** One rule of access. */
export interface Rule {
  readonly effect: "allow" | "deny";
  /** Bits of {@link Action}. */
  readonly actions: number;
  /** Null: whatever the topic is. */
  readonly topics: PatternTemplate | null;
  readonly who: Conditions;
  /** Number of its line in the file, 0 where it comes with the client. */
  readonly line: number;
  /** As it stands in the file. */
  readonly text: string;
}

/** A rule that concerns a client, with its names filled in. */
export interface BoundRule {
  readonly rule: Rule;
  /** Null: whatever the topic is. */
  readonly pattern: TopicPattern | null;
}

/** The rule for this client, which it concerns; null where it has no topics for it. */
export function bindRule(rule: Rule, subject: Subject): BoundRule | null {
  if (rule.topics === null) return { rule, pattern: null };
  const pattern = rule.effect === "allow" ? fillToAllow(rule.topics, subject) : fillToDeny(rule.topics, subject);
  return pattern === null ? null : { rule, pattern };
}
