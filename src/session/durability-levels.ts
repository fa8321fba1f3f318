import { topicMatches, type TopicFilter, type TopicName } from "../protocol/mod.ts";
import type { Topic } from "../router/mod.ts";

/** One rule: messages to topics that match are kept beyond the process, or not. */
export interface DurabilityRule {
  readonly filter: TopicFilter;
  readonly durable: boolean;
}

/** Which topics are kept beyond the process: the first rule that matches says. What no rule matches is kept. */
export class DurabilityLevels {
  readonly #rules: readonly DurabilityRule[];

  constructor(rules: readonly DurabilityRule[]) {
    this.#rules = rules;
  }

  /** Looked up once per topic of the topic table. */
  isDurable(topic: Topic): boolean {
    if (this.#rules.length === 0 && !topic.isReserved) return true;
    if (topic.durable === null) topic.durable = this.#look(topic.name);
    return topic.durable;
  }

  #look(name: TopicName): boolean {
    // What the broker tells of itself is told anew after each start.
    if (name.startsWith("$SYS/broker/")) return false;
    for (const { filter, durable } of this.#rules) if (topicMatches(filter, name)) return durable;
    return true;
  }
}
