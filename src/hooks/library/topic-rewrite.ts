import { type TopicFilter, topicMatches, type TopicName } from "../../protocol/mod.ts";
import type { Client } from "../hook-client.ts";
import type { Hooks } from "../hooks.ts";
import { checkNames, filterOption, listOption, type RawOptions } from "./read-option.ts";

/** One rule: the first that fits a topic or filter rewrites it, and no other. */
export interface RewriteRule {
  /** Default: both. */
  readonly action?: "publish" | "subscribe";
  /** What it is about. */
  readonly filter: string;
  /** Regular expression; the whole topic or filter has to fit. Default: everything. */
  readonly pattern?: string;
  /** What stands there instead: `$1` is the first group, `%c` the client identifier, `%u` the user name. */
  readonly to: string;
}

/** Options of {@link topicRewrite}. */
export interface TopicRewriteOptions {
  readonly rules: readonly RewriteRule[];
}

interface Rule {
  readonly action: string | undefined;
  readonly filter: TopicFilter;
  readonly pattern: RegExp;
  readonly to: string;
}

/** Rewrites the topics that clients publish to, and the filters that they subscribe to and unsubscribe from. */
export function topicRewrite(options: TopicRewriteOptions): Hooks {
  checkNames(options, ["rules"]);
  const rules = listOption("rules", options.rules).map(ruleOf);
  return {
    beforePublish(message) {
      const topic = rewritten(rules, "publish", message.topic, message.client);
      if (topic !== message.topic) message.topic = topic;
    },
    beforeSubscribe({ client, entries }) {
      for (const [index, entry] of entries.entries()) {
        entries[index] = { ...entry, filter: rewrittenFilter(rules, entry.filter, client) };
      }
    },
    beforeUnsubscribe({ client, filters }) {
      for (const [index, filter] of filters.entries()) filters[index] = rewrittenFilter(rules, filter, client);
    },
  };
}

function ruleOf(rule: RawOptions): Rule {
  checkNames(rule, ["action", "filter", "pattern", "to"]);
  const { action, pattern = ".*", to } = rule;
  if (action !== undefined && action !== "publish" && action !== "subscribe") {
    throw new TypeError("action: expected publish or subscribe");
  }
  if (typeof to !== "string" || to === "") throw new TypeError("to: expected a topic");
  // Whole, so that a rule cannot change a part of a topic that it was not meant for.
  const whole = new RegExp(`^(?:${String(pattern)})$`, "u");
  return { action, filter: filterOption("filter", rule["filter"]), pattern: whole, to };
}

/** Of a shared subscription the filter is rewritten, and the share name stays. */
function rewrittenFilter(rules: readonly Rule[], filter: string, client: Client): string {
  const [, share = "", rest = filter] = /^(\$share\/[^/]+\/)(.*)$/u.exec(filter) ?? [];
  return share + rewritten(rules, "subscribe", rest, client);
}

function rewritten(rules: readonly Rule[], action: string, topic: string, client: Client | null): string {
  for (const rule of rules) {
    if (rule.action !== undefined && rule.action !== action) continue;
    if (!topicMatches(rule.filter, topic as TopicName) || !rule.pattern.test(topic)) continue;
    // The names of the client come in last: a `$1` in them is text.
    return topic.replace(rule.pattern, rule.to).replaceAll(/%[cu]/gu, (word) => nameOf(word, client));
  }
  return topic;
}

/** A name with a wildcard would reach into the topics of others: it stands for nothing that is valid. */
function nameOf(word: string, client: Client | null): string {
  const name = word === "%c" ? client?.id : client?.userName;
  if (name === undefined || name === null || /[+#/\0]/u.test(name)) {
    throw new TypeError(`a topic rule has ${word}, which this client has no usable name for`);
  }
  return name;
}
