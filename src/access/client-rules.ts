import type { FilterTarget, TopicName } from "../protocol/mod.ts";
import { connectRule, subscribeRule, topicRule } from "./decide.ts";
import { Action, type BoundRule } from "./rule.ts";

/** What holds where no rule speaks. */
export type Fallback = "allow" | "deny";

/** A decision, with the rule that made it. */
export interface Judgement {
  readonly allowed: boolean;
  /** Null: no rule speaks about it, and the default decides. */
  readonly rule: BoundRule | null;
}

/** All rules that concern one client, its own and those of the file, in the order in which they are asked. */
export class ClientRules {
  readonly #rules: readonly BoundRule[];
  readonly #fallback: Fallback;

  constructor(rules: readonly BoundRule[], fallback: Fallback) {
    this.#rules = rules;
    this.#fallback = fallback;
  }

  /** Who was let in may connect unless a rule denies it, whatever the default is. */
  connect(): Judgement {
    const rule = connectRule(this.#rules);
    return { allowed: rule === null || rule.rule.effect === "allow", rule };
  }

  publish(topic: TopicName): Judgement {
    return this.#judged(topicRule(this.#rules, Action.publish, topic));
  }

  /** Of a shared subscription the filter behind the share name counts. */
  subscribe({ filter }: FilterTarget): Judgement {
    return this.#judged(subscribeRule(this.#rules, filter));
  }

  receive(topic: TopicName): Judgement {
    return this.#judged(topicRule(this.#rules, Action.receive, topic));
  }

  #judged(rule: BoundRule | null): Judgement {
    return { allowed: (rule?.rule.effect ?? this.#fallback) === "allow", rule };
  }
}
