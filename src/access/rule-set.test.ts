import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFilter, topicName } from "../protocol/mod.ts";
import { explain, type Question } from "./explain.ts";
import { parseMosquittoText } from "./mosquitto-text.ts";
import { RuleSet } from "./rule-set.ts";
import { parseRuleText } from "./rule-text.ts";
import type { Subject } from "./subject.ts";

const nobody: Subject = { clientId: "c", userName: null, groups: [], address: "192.0.2.7", listener: "mqtt" };

/** `allowed 3`: the verdict, and the line of the rule that decides. */
function verdict(text: string, subject: Partial<Subject>, question: string): string {
  const [action, topic = ""] = question.split(" ");
  const target = parseFilter(topic);
  const asked =
    action === "connect"
      ? { action }
      : action === "subscribe"
        ? { action, target }
        : { action, topic: topicName(topic) };
  const rules = new RuleSet(text.startsWith("!") ? parseMosquittoText(text.slice(1), "f") : parseRuleText(text, "f"));
  const { allowed, line } = explain(rules, { ...nobody, ...subject }, asked as Question, "deny");
  return `${allowed ? "allowed" : "denied"} ${line}`;
}

const cases: readonly [string, string, Partial<Subject>, string, string][] = [
  ["the first rule that speaks decides", "deny publish a/b\nallow publish a/#", {}, "publish a/b", "denied 1"],
  [
    "the first rule that speaks decides, also the other way",
    "allow publish a/#\ndeny publish a/b",
    {},
    "publish a/b",
    "allowed 1",
  ],
  ["what no rule speaks about falls to the default", "allow publish a", {}, "publish b", "denied 0"],
  ["by user", "allow publish a user=ann", { userName: "ann" }, "publish a", "allowed 1"],
  ["by user, another", "allow publish a user=ann", { userName: "bob" }, "publish a", "denied 0"],
  ["by user, none", "allow publish a user=ann", {}, "publish a", "denied 0"],
  ["anonymous", "allow publish a anonymous", {}, "publish a", "allowed 1"],
  ["anonymous, with a name", "allow publish a anonymous", { userName: "ann" }, "publish a", "denied 0"],
  ["by group", "allow publish a group=ops", { groups: ["dev", "ops"] }, "publish a", "allowed 1"],
  ["by client identifier", "allow publish a client=c", {}, "publish a", "allowed 1"],
  [
    "by the beginning of a client identifier",
    "allow publish a client=se*",
    { clientId: "sensor" },
    "publish a",
    "allowed 1",
  ],
  ["by network", "deny publish a address=192.0.2.0/24\nallow publish a", {}, "publish a", "denied 1"],
  ["by network, another", "deny publish a address=10.0.0.0/8\nallow publish a", {}, "publish a", "allowed 2"],
  [
    "by network, IPv6",
    "deny publish a address=2001:db8::/32\nallow publish a",
    { address: "2001:db8::5" },
    "publish a",
    "denied 1",
  ],
  ["by Unix socket", "allow publish a address=unix", { address: "unix" }, "publish a", "allowed 1"],
  ["by listener", "allow publish a listener=inner", { listener: "inner" }, "publish a", "allowed 1"],
  [
    "all parts of a rule must hold",
    "allow publish a user=ann listener=inner",
    { userName: "ann" },
    "publish a",
    "denied 0",
  ],
  [
    "user rules keep their place among the others",
    "deny publish a\nallow publish a user=ann",
    { userName: "ann" },
    "publish a",
    "denied 1",
  ],
  ["a subscription is allowed only as a whole", "allow subscribe a/b/#", {}, "subscribe a/+/c", "denied 0"],
  ["a subscription inside of what is allowed", "allow subscribe a/#", {}, "subscribe a/+/c", "allowed 1"],
  [
    "a subscription that meets what is denied",
    "deny subscribe secret/#\nallow subscribe #",
    {},
    "subscribe #",
    "denied 1",
  ],
  [
    "a subscription beside what is denied",
    "deny subscribe secret/#\nallow subscribe #",
    {},
    "subscribe open/#",
    "allowed 2",
  ],
  ["of a shared subscription the filter counts", "allow subscribe a", {}, "subscribe $share/g/a", "allowed 1"],
  [
    "of a shared subscription the filter counts, denied",
    "deny subscribe a\nallow subscribe #",
    {},
    "subscribe $share/g/+",
    "denied 1",
  ],
  ["whoever may subscribe may receive", "allow subscribe a/#", {}, "receive a/b", "allowed 1"],
  ["reading apart from subscribing", "deny receive a/secret\nallow subscribe a/#", {}, "receive a/secret", "denied 1"],
  ["who is let in may connect", "deny all #", {}, "connect", "allowed 0"],
  ["unless a rule denies it", "deny connect address=192.0.2.0/24", {}, "connect", "denied 1"],
  ["mosquitto: a user's lines", "!user ann\ntopic write a", { userName: "ann" }, "publish a", "allowed 2"],
  [
    "mosquitto: lines above the first user are those of nobody",
    "!topic write a\nuser ann\ntopic b",
    { userName: "ann" },
    "publish a",
    "denied 0",
  ],
  [
    "mosquitto: denials come first",
    "!user ann\ntopic write #\ntopic deny a",
    { userName: "ann" },
    "publish a",
    "denied 3",
  ],
  ["mosquitto: a topic without an access is for both", "!topic a", {}, "receive a", "allowed 1"],
  ["mosquitto: patterns", "!pattern write d/%c/up", {}, "publish d/c/up", "allowed 1"],
  ["mosquitto: percent signs in a topic line are text", "!topic write d/%c", {}, "publish d/c", "denied 0"],
  ["mosquitto: subscribing is not judged", "!topic read a", {}, "subscribe #", "allowed 0"],
  [
    "mosquitto: a wildcard in a name denies all that patterns give",
    "!pattern write #",
    { clientId: "+" },
    "publish a",
    "denied 0",
  ],
];

for (const [name, text, subject, question, expected] of cases) {
  test(`rules: ${name}`, () => assert.equal(verdict(text, subject, question), expected));
}

test("a user with ten thousand others in the file is asked about its own rules only", () => {
  const lines = Array.from({ length: 10_000 }, (_, index) => `allow publish u${index}/# user=u${index}`);
  const rules = new RuleSet(parseRuleText(lines.join("\n"), "f"));
  assert.deepEqual(
    rules.bind({ ...nobody, userName: "u77" }).map(({ rule }) => rule.line),
    [78],
  );
});

for (const [text, wrong] of [
  ["allow publish a\n\nnonsense", /^f: line 3: expected: allow\|deny/],
  ["!user ann\ntopic write a\ntopic rite a", /^f: line 3: "rite": expected read, write/],
  ["!pattern", /^f: line 1: pattern without a topic/],
  ["!allow publish a", /^f: line 1: "allow": expected user, topic or pattern/],
] as const) {
  test(`${JSON.stringify(text)} is refused with the number of the line`, () => {
    const parse = () => (text.startsWith("!") ? parseMosquittoText(text.slice(1), "f") : parseRuleText(text, "f"));
    assert.throws(parse, { code: "file_malformed", message: wrong });
  });
}
