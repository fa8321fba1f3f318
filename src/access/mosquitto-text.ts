import { WorldError } from "../base/mod.ts";
import { mosquittoRule } from "./mosquitto-line.ts";
import { Action, type Rule } from "./rule.ts";
import { conditions } from "./subject.ts";

/** Mosquitto does not judge subscriptions: what may not be read is withheld when it is delivered. */
const subscribeAll: Rule = {
  effect: "allow",
  actions: Action.subscribe,
  topics: null,
  who: conditions({}),
  line: 0,
  text: "subscribing is always allowed in mosquitto's format; reading is judged at each delivery",
};

/** A wildcard in a name would reach into what is others' as soon as patterns fill names in. */
const wildcardNames: Rule = {
  effect: "deny",
  actions: Action.publish | Action.receive,
  topics: null,
  who: conditions({ wildcardInName: true }),
  line: 0,
  text: "patterns are not for a client identifier or user name with + or #",
};

/**
 * The rules of an ACL file of mosquitto, in the order in which it asks them: of the user's own lines (or, for who has
 * no user name, those above the first `user` line) the denials first, then the others; then the patterns likewise.
 *
 * @throws WorldError `file_malformed` with the number of the first bad line
 */
export function parseMosquittoText(text: string, file: string): Rule[] {
  const own: Rule[] = [];
  const patterns: Rule[] = [];
  let user: string | null = null;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = index + 1;
    const malformed = (wrong: string): WorldError =>
      new WorldError("file_malformed", `${file}: line ${line}: ${wrong}`);
    const trimmed = raw.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const [keyword = ""] = trimmed.split(" ", 1);
    const rest = trimmed.slice(keyword.length).trimStart();
    if (keyword !== "user" && keyword !== "topic" && keyword !== "pattern") {
      throw malformed(`"${keyword}": expected user, topic or pattern`);
    }
    if (rest === "") throw malformed(`${keyword} without a ${keyword === "user" ? "name" : "topic"}`);
    if (keyword === "user") {
      user = rest;
      continue;
    }
    const rule = mosquittoRule({ keyword, rest }, user, { line, text: trimmed });
    if (typeof rule === "string") throw malformed(rule);
    (keyword === "topic" ? own : patterns).push(rule);
  }
  const guard = patterns.length === 0 ? [] : [wildcardNames];
  return [subscribeAll, ...denialsFirst(own), ...guard, ...denialsFirst(patterns)];
}

function denialsFirst(rules: readonly Rule[]): Rule[] {
  return [...rules.filter(({ effect }) => effect === "deny"), ...rules.filter(({ effect }) => effect === "allow")];
}
