import assert from "node:assert/strict";
import { test } from "node:test";
import { fillToAllow, fillToDeny, parseTemplate, type PatternTemplate } from "./pattern-template.ts";
import { matchesTopic } from "./topic-pattern.ts";
import { topicName } from "../protocol/mod.ts";

function template(text: string, dollarToo = false): PatternTemplate {
  const parsed = parseTemplate(text, { names: true, strict: true, dollarToo });
  assert.ok(typeof parsed !== "string");
  return parsed;
}

function allows(pattern: string, topic: string, clientId = "c", userName: string | null = "u"): boolean {
  const filled = fillToAllow(template(pattern), { clientId, userName });
  return filled !== null && matchesTopic(filled, topicName(topic));
}

function denies(pattern: string, topic: string, clientId = "c", userName: string | null = "u"): boolean {
  const filled = fillToDeny(template(pattern, true), { clientId, userName });
  return filled !== null && matchesTopic(filled, topicName(topic));
}

test("%c and %u stand for the names of the client, alone or inside a level", () => {
  assert.ok(allows("devices/%c/up", "devices/c/up"));
  assert.ok(!allows("devices/%c/up", "devices/d/up"));
  assert.ok(allows("users/%u-%c/#", "users/u-c/a/b"));
  assert.ok(allows("rate/%%/x", "rate/%/x"));
});

for (const clientId of ["+", "#", "a/b", "../x", "+/+", ""]) {
  test(`a client that calls itself ${JSON.stringify(clientId)} is allowed nothing by a rule with its name`, () => {
    for (const topic of ["devices/a/up", "devices/a/b/up", "devices//up", "devices/../x/up", "devices/x"]) {
      assert.ok(!allows("devices/%c/up", topic, clientId), topic);
      assert.ok(!allows("devices/%c/#", topic, clientId), topic);
    }
  });
}

test("a client without a user name is allowed nothing by a rule with a user name", () => {
  assert.ok(!allows("users/%u/#", "users//a", "c", null));
  assert.ok(!allows("users/%u/#", "users/null/a", "c", null));
});

test("a client does not escape a rule that denies by a slash in its name", () => {
  assert.ok(denies("devices/%c/secret", "devices/a/b/secret", "a/b"));
  assert.ok(!denies("devices/%c/secret", "devices/a/secret", "a/b"));
});

test("a deny rule that begins with a wildcard denies what begins with $ too; an allow rule does not allow it", () => {
  assert.ok(denies("#", "$x/a"));
  assert.ok(!allows("#", "$x/a"));
  assert.ok(!allows("+/a", "$x/a"));
  assert.ok(allows("$x/+", "$x/a"));
});

for (const [text, wrong] of [
  ["a/#/b", /not a topic filter/],
  ["", /not a topic filter/],
  ["a/b+", /not a topic filter/],
  ["a/%d", /% is followed/],
  ["a/%", /% is followed/],
] as const) {
  test(`"${text}" is no pattern, and it is said why`, () => {
    const parsed = parseTemplate(text, { names: true, strict: true, dollarToo: false });
    assert.match(typeof parsed === "string" ? parsed : "a pattern", wrong);
  });
}
