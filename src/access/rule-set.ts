import { bindRule, type BoundRule, type Rule } from "./rule.ts";
import { concerns, type Subject } from "./subject.ts";

/** All rules of a file, in order. Those of single users are found by name, so that ten thousand users cost nothing. */
export class RuleSet {
  readonly rules: readonly Rule[];
  readonly #ofEverybody: number[] = [];
  readonly #ofUsers = new Map<string, number[]>();

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
    for (const [index, { who }] of rules.entries()) {
      if (who.users === null) this.#ofEverybody.push(index);
      for (const user of who.users ?? []) {
        const own = this.#ofUsers.get(user);
        if (own === undefined) this.#ofUsers.set(user, [index]);
        else own.push(index);
      }
    }
  }

  /** The rules that concern the client, in their order. */
  bind(subject: Subject): BoundRule[] {
    const own = subject.userName === null ? [] : (this.#ofUsers.get(subject.userName) ?? []);
    const indices = own.length === 0 ? this.#ofEverybody : [...this.#ofEverybody, ...own].toSorted((a, b) => a - b);
    const bound: BoundRule[] = [];
    for (const index of indices) {
      const rule = this.rules[index] as Rule;
      const one = concerns(rule.who, subject) ? bindRule(rule, subject) : null;
      if (one !== null) bound.push(one);
    }
    return bound;
  }
}
