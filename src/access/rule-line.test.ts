import assert from "node:assert/strict";
import { test } from "node:test";
import { Action } from "./rule.ts";
import { parseRuleLine } from "./rule-line.ts";

function rule(line: string) {
  const parsed = parseRuleLine(line, 7);
  assert.ok(parsed.kind === "rule", JSON.stringify(parsed));
  return parsed.rule;
}

test("empty lines and comments are no rules; a filter that is # is no comment", () => {
  for (const line of ["", "   ", "# allow publish #", "  # x"]) assert.equal(parseRuleLine(line, 1).kind, "empty");
  assert.equal(rule("allow publish #").text, "allow publish #");
});

test("a rule says what, about which topics, and of whom", () => {
  const { effect, actions, who, line } = rule('deny publish,receive "a b/#" user=ann user="b ob" group=ops client=x-*');
  assert.deepEqual([effect, actions, line], ["deny", Action.publish | Action.receive, 7]);
  assert.deepEqual([...(who.users ?? [])], ["ann", "b ob"]);
  assert.deepEqual([who.groups, who.clients], [["ops"], ["x-*"]]);
});

test("whoever may subscribe may receive what comes of it, but a denial to subscribe denies only that", () => {
  assert.equal(rule("allow subscribe a").actions, Action.subscribe | Action.receive);
  assert.equal(rule("deny subscribe a").actions, Action.subscribe);
  assert.equal(rule("deny all a").actions, Action.publish | Action.subscribe | Action.receive);
});

for (const [line, wrong] of [
  ["permit publish a", /^expected: allow\|deny/],
  ["allow", /^expected: allow\|deny/],
  ["allow publish", /topic filter is missing/],
  ["allow write a", /"write": expected connect, publish/],
  ["allow publish,connect a", /connect has no topic/],
  ["allow publish a/#/b", /not a topic filter/],
  ["allow publish a/%x", /% is followed/],
  ["allow publish a who=ann", /"who=ann": expected user=NAME/],
  ["allow publish a ann", /"ann": expected user=NAME/],
  ["allow publish a user=", /"user=": expected user=NAME/],
  ["allow publish a address=10.0.0.0/33", /"10.0.0.0\/33": expected an IP address/],
  ["allow publish a address=host.example", /expected an IP address/],
  ["allow publish a anonymous user=ann", /anonymous has no user name/],
  ['allow publish "a', /quotation mark/],
  ['allow publish "a"b"', /quotation mark/],
  ["allow __proto__ a", /"__proto__": expected connect/],
] as const) {
  test(`${line}: refused, and it is said why`, () => {
    const parsed = parseRuleLine(line, 1);
    assert.match(parsed.kind === "malformed" ? parsed.wrong : parsed.kind, wrong);
  });
}
