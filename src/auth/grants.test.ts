import assert from "node:assert/strict";
import { test } from "node:test";

import { readGrants } from "./grants.ts";

test("groups, rules and limits are read into their fields", () => {
  const acl = [{ effect: "allow", actions: ["publish", "receive"], topics: ["a/%c/#"] }];
  const given = { groups: ["staff"], acl, limits: { messages_per_second: 10, packet_size_max: 0 } };
  assert.deepEqual(readGrants(given), {
    groups: ["staff"],
    acl,
    limits: { messagesPerSecond: 10, packetSizeMax: 0 },
  });
  assert.deepEqual(readGrants({}), {});
});

const wrong: readonly (readonly [what: string, given: object])[] = [
  ["groups that are a text", { groups: "staff" }],
  ["a group that is a number", { groups: [1] }],
  ["rules that are no list", { acl: { effect: "deny" } }],
  ["a rule without an effect", { acl: [{ actions: ["publish"], topics: ["a"] }] }],
  ["a rule with an unknown effect", { acl: [{ effect: "Deny", actions: ["publish"], topics: ["a"] }] }],
  ["a rule with an unknown action", { acl: [{ effect: "deny", actions: ["write"], topics: ["a"] }] }],
  ["a rule with a further word", { acl: [{ effect: "deny", actions: ["publish"], topics: ["a"], not: ["b"] }] }],
  ["a rule about nothing", { acl: [{ effect: "deny", actions: ["publish"], topics: [] }] }],
  ["an unknown limit", { limits: { messages: 1 } }],
  ["a negative limit", { limits: { messages_per_second: -1 } }],
  ["a limit that is a text", { limits: { messages_per_second: "1" } }],
  ["a limit of an inherited name", { limits: { constructor: 1 } }],
  ["null", { acl: null }],
];
for (const [what, given] of wrong) {
  test(`${what} is not passed over`, () => {
    assert.ok("wrong" in readGrants(given));
  });
}
