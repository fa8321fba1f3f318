/** What a client may do: rules of access from a file (our own or mosquitto's) and from the client's proof. */
export type { Fallback } from "./client-rules.ts";
export { explain, type Explanation, type Question } from "./explain.ts";
export { RuleAuthorizer, type RuleAuthorizerOptions } from "./rule-authorizer.ts";
export { readRuleFile, type RuleFormat } from "./rule-file.ts";
export { type Rule } from "./rule.ts";
export { RuleSet } from "./rule-set.ts";
export { AddressSet, type Subject } from "./subject.ts";
