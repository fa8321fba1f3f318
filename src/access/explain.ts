import type { FilterTarget, TopicName } from "../protocol/mod.ts";
import { ClientRules, type Fallback, type Judgement } from "./client-rules.ts";
import type { RuleSet } from "./rule-set.ts";
import type { Subject } from "./subject.ts";

/** What is asked about a client. */
export type Question =
  | { readonly action: "connect" }
  | { readonly action: "publish" | "receive"; readonly topic: TopicName }
  | { readonly action: "subscribe"; readonly target: FilterTarget };

/** An answer for people. */
export interface Explanation {
  readonly allowed: boolean;
  /** The line of the rule that decides, 0 where none does. */
  readonly line: number;
  /** The rule as it stands in the file, or why none decides. */
  readonly text: string;
}

/** Which rule decides about the question; the same code that decides in a running broker. */
export function explain(rules: RuleSet, subject: Subject, question: Question, fallback: Fallback): Explanation {
  const { allowed, rule } = judge(new ClientRules(rules.bind(subject), fallback), question);
  if (rule !== null) return { allowed, line: rule.rule.line, text: rule.rule.text };
  const text =
    question.action === "connect"
      ? "no rule denies it: who is authenticated may connect"
      : `no rule speaks about it, and the default is ${fallback}`;
  return { allowed, line: 0, text };
}

function judge(rules: ClientRules, question: Question): Judgement {
  switch (question.action) {
    case "connect":
      return rules.connect();
    case "publish":
      return rules.publish(question.topic);
    case "receive":
      return rules.receive(question.topic);
    case "subscribe":
      return rules.subscribe(question.target);
  }
}
