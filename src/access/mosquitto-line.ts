import { parseTemplate } from "./pattern-template.ts";
import { Action, type Rule } from "./rule.ts";
import { conditions } from "./subject.ts";

const actionsByAccess: Readonly<Record<string, number>> = {
  read: Action.receive,
  write: Action.publish,
  readwrite: Action.publish | Action.receive,
  deny: Action.publish | Action.receive,
};

/** Rules of one `topic` or `pattern` line, or what is wrong with it; `user` is whose lines these are. */
export function mosquittoRule(
  words: { readonly keyword: "topic" | "pattern"; readonly rest: string },
  user: string | null,
  at: { readonly line: number; readonly text: string },
): Rule | string {
  const space = words.rest.indexOf(" ");
  const access = space < 0 ? null : words.rest.slice(0, space);
  const topic = space < 0 ? words.rest : words.rest.slice(space).trimStart();
  const actions = access === null ? actionsByAccess["readwrite"] : actionsOf(access);
  if (actions === undefined) return `"${access ?? ""}": expected read, write, readwrite or deny`;
  const isPattern = words.keyword === "pattern";
  const topics = parseTemplate(topic, { names: isPattern, strict: false, dollarToo: false });
  if (typeof topics === "string") return topics;
  const ofUser = user === null ? conditions({ anonymous: true }) : conditions({ users: new Set([user]) });
  return {
    effect: access === "deny" ? "deny" : "allow",
    actions,
    topics,
    who: isPattern ? conditions({}) : ofUser,
    ...at,
  };
}

function actionsOf(access: string): number | undefined {
  return Object.hasOwn(actionsByAccess, access) ? actionsByAccess[access] : undefined;
}
