import type { AclGrant } from "../auth/mod.ts";
import { Action, type BoundRule, bindRule } from "./rule.ts";
import { ruleTopics, withImplied } from "./rule-line.ts";
import { conditions, type Subject } from "./subject.ts";

/** The rules that came with a client's proof, or what is wrong with them. */
export function grantRules(grants: readonly AclGrant[], subject: Subject): BoundRule[] | string {
  const bound: BoundRule[] = [];
  for (const { effect, actions, topics } of grants) {
    let bits = 0;
    for (const action of actions) bits |= Action[action];
    for (const topic of topics) {
      const template = ruleTopics(topic, effect);
      if (typeof template === "string") return template;
      const text = `${effect} ${actions.join()} ${topic}`;
      const rule = bindRule(
        { effect, actions: withImplied(effect, bits), topics: template, who: conditions({}), line: 0, text },
        subject,
      );
      if (rule !== null) bound.push(rule);
    }
  }
  return bound;
}
