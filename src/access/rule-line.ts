import { parseTemplate, type PatternTemplate } from "./pattern-template.ts";
import { Action, type Rule } from "./rule.ts";
import { AddressSet, conditions, type Conditions } from "./subject.ts";

/** What a line of a file is: nothing, a rule, or a mistake and what is wrong. */
export type ParsedLine =
  | { readonly kind: "empty" }
  | { readonly kind: "rule"; readonly rule: Rule }
  | { readonly kind: "malformed"; readonly wrong: string };

const actionsByName: Readonly<Record<string, number>> = {
  connect: Action.connect,
  publish: Action.publish,
  subscribe: Action.subscribe,
  receive: Action.receive,
  all: Action.publish | Action.subscribe | Action.receive,
};

const shape = "expected: allow|deny  publish,subscribe,receive  TOPIC-FILTER  [user=NAME ...]";

/** Reads one line of an access file: `allow publish,subscribe devices/%c/# group=devices`. */
export function parseRuleLine(line: string, number: number): ParsedLine {
  const text = line.trim();
  // A filter may begin with '#', a rule cannot.
  if (text === "" || text.startsWith("#")) return { kind: "empty" };
  const wrong = (what: string): ParsedLine => ({ kind: "malformed", wrong: what });
  const tokens = tokensOf(text);
  if (tokens === null) return wrong("a quotation mark has no end");
  const [effect, actionList, ...rest] = tokens;
  if ((effect !== "allow" && effect !== "deny") || actionList === undefined) return wrong(shape);
  const actions = parseActions(actionList);
  if (typeof actions === "string") return wrong(actions);
  const topic = actions === Action.connect ? null : rest.shift();
  if (topic === undefined) return wrong(`a topic filter is missing; ${shape}`);
  const topics = topic === null ? null : ruleTopics(topic, effect);
  if (typeof topics === "string") return wrong(topics);
  const who = parseConditions(rest);
  if (typeof who === "string") return wrong(who);
  return { kind: "rule", rule: { effect, actions: withImplied(effect, actions), topics, who, line: number, text } };
}

/** The topics of a rule of our own syntax, or what is wrong with them. */
export function ruleTopics(text: string, effect: Rule["effect"]): PatternTemplate | string {
  return parseTemplate(text, { names: true, strict: true, dollarToo: effect === "deny" });
}

/** Who may subscribe may receive what comes of it. */
export function withImplied(effect: Rule["effect"], actions: number): number {
  return effect === "allow" && (actions & Action.subscribe) !== 0 ? actions | Action.receive : actions;
}

function parseActions(list: string): number | string {
  let actions = 0;
  for (const name of list.split(",")) {
    const action = Object.hasOwn(actionsByName, name) ? actionsByName[name] : undefined;
    if (action === undefined) return `"${name}": expected connect, publish, subscribe, receive or all`;
    actions |= action;
  }
  if ((actions & Action.connect) !== 0 && actions !== Action.connect) {
    return "connect has no topic: give it a line of its own";
  }
  return actions;
}

function parseConditions(tokens: readonly string[]): Conditions | string {
  const values = { user: [] as string[], group: [] as string[], client: [] as string[], listener: [] as string[] };
  const addresses = new AddressSet();
  let anyAddress = false;
  let anonymous = false;
  for (const token of tokens) {
    const equals = token.indexOf("=");
    const name = equals < 0 ? token : token.slice(0, equals);
    const value = token.slice(equals + 1);
    if (token === "anonymous") anonymous = true;
    else if (equals < 0 || value === "") return `"${token}": expected ${conditionNames}`;
    else if (name === "address") {
      if (!addresses.add(value)) return `"${value}": expected an IP address, a network as 192.0.2.0/24, or unix`;
      anyAddress = true;
    } else if (isNamed(name)) values[name].push(value);
    else return `"${token}": expected ${conditionNames}`;
  }
  const orNull = (list: string[]): string[] | null => (list.length === 0 ? null : list);
  if (anonymous && values.user.length > 0) return "anonymous has no user name: leave out user= or anonymous";
  return conditions({
    users: values.user.length === 0 ? null : new Set(values.user),
    groups: orNull(values.group),
    clients: orNull(values.client),
    listeners: values.listener.length === 0 ? null : new Set(values.listener),
    addresses: anyAddress ? addresses : null,
    anonymous,
  });
}

const conditionNames = "user=NAME, group=NAME, client=ID, address=NETWORK, listener=NAME or anonymous";

function isNamed(name: string): name is "user" | "group" | "client" | "listener" {
  return name === "user" || name === "group" || name === "client" || name === "listener";
}

/** Words between blanks; blanks inside quotation marks belong to a word. Null if a quotation mark has no end. */
function tokensOf(text: string): string[] | null {
  const tokens: string[] = [];
  for (let rest = text; rest !== "";) {
    const token = /^(?:[^\s"]|"(?:[^"\\]|\\.)*")+/u.exec(rest)?.[0];
    if (token === undefined) return null;
    tokens.push(token.replace(/"((?:[^"\\]|\\.)*)"/gu, (_, inside: string) => inside.replace(/\\(.)/gu, "$1")));
    rest = rest.slice(token.length);
    // What follows a word is a blank, or a quotation mark without end.
    if (rest !== "" && !/^\s/u.test(rest)) return null;
    rest = rest.trimStart();
  }
  return tokens;
}
