import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError } from "./protocol-error.ts";
import { ReasonCode } from "./reason-code.ts";
import {
  hasWildcard,
  isTopicFilter,
  isTopicName,
  parseFilter,
  type TopicFilter,
  topicMatches,
  type TopicName,
  topicName,
} from "./topic.ts";

const goodNames = [
  "a",
  "/",
  "a/b",
  "/a",
  "a/",
  "a//b",
  " ",
  "$SYS/x",
  "$share/g/a",
  "sport/tennis",
  "日本/東京",
  "\u{1f600}",
];
const badNames = ["", "+", "#", "a/+", "a/#", "a+b", "a#", "a\0b", "\0"];

test("topic names: what the standard allows and forbids", () => {
  for (const name of goodNames) assert.equal(isTopicName(name), true, JSON.stringify(name));
  for (const name of badNames) assert.equal(isTopicName(name), false, JSON.stringify(name));
});

test("a bad topic name is refused with Topic Name invalid", () => {
  assert.equal(topicName("a/b"), "a/b");
  assert.throws(
    () => topicName("a/#"),
    (error) => error instanceof ProtocolError && error.reasonCode === ReasonCode.topicNameInvalid,
  );
});

const goodFilters = [
  "a",
  "/",
  "#",
  "+",
  "/#",
  "/+",
  "+/",
  "+/+",
  "a/#",
  "a/+/b",
  "+/a/#",
  "a/+",
  "a//#",
  "$SYS/#",
  "$",
  "//",
];
const badFilters = [
  "",
  "a#",
  "#/a",
  "a/#/b",
  "##",
  "#/",
  "+a",
  "a+",
  "a/b+",
  "a/+b/c",
  "++",
  "+#",
  "a/b#",
  "a\0",
  "#\0",
];

test("topic filters: what the standard allows and forbids", () => {
  for (const filter of goodFilters) assert.equal(isTopicFilter(filter), true, filter);
  for (const filter of badFilters) assert.equal(isTopicFilter(filter), false, filter);
});

const filters: [text: string, shareName: string | null, filter: string][] = [
  ["a/b", null, "a/b"],
  ["$share/g/a", "g", "a"],
  ["$share/g/a/b/#", "g", "a/b/#"],
  ["$share/g//", "g", "/"],
  ["$share/g/#", "g", "#"],
  ["$share/$g/+", "$g", "+"],
  ["$share/g/$share/h/a", "g", "$share/h/a"],
  ["$SHARE/g/a", null, "$SHARE/g/a"],
  ["$shared/g/a", null, "$shared/g/a"],
  ["x/$share/g/a", null, "x/$share/g/a"],
];

test("shared filters are split into share name and filter", () => {
  for (const [text, shareName, filter] of filters) assert.deepEqual(parseFilter(text), { filter, shareName }, text);
});

test("malformed shared filters are no filters", () => {
  for (const text of [
    "$share/",
    "$share/g",
    "$share/g/",
    "$share//a",
    "$share/+/a",
    "$share/g#/a",
    "$share/#/a",
    "$share/g/a#",
  ]) {
    assert.equal(parseFilter(text), null, text);
  }
});

test("a wildcard is seen wherever it stands", () => {
  for (const filter of ["#", "+", "a/#", "a/+/b", "+/a"])
    assert.equal(hasWildcard(filter as TopicFilter), true, filter);
  for (const filter of ["a", "a/b", "/", "$SYS/x"]) assert.equal(hasWildcard(filter as TopicFilter), false, filter);
});

const matching: [filter: string, topic: string][] = [
  ["sport/tennis/player1/#", "sport/tennis/player1"],
  ["sport/tennis/player1/#", "sport/tennis/player1/ranking"],
  ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"],
  ["sport/#", "sport"],
  ["#", "a"],
  ["#", "/"],
  ["sport/tennis/+", "sport/tennis/player1"],
  ["sport/+", "sport/"],
  ["+/+", "/finance"],
  ["/+", "/finance"],
  ["+", ""],
  ["+/tennis/#", "sport/tennis/x/y"],
  ["$SYS/#", "$SYS/a"],
  ["$SYS/+", "$SYS/a"],
  ["a//b", "a//b"],
  ["a/+/b", "a//b"],
  ["+/$SYS", "a/$SYS"],
];

const notMatching: [filter: string, topic: string][] = [
  ["sport/tennis/+", "sport/tennis/player1/ranking"],
  ["sport/+", "sport"],
  ["+", "/finance"],
  ["#", "$SYS/a"],
  ["#", "$SYS"],
  ["+/a", "$SYS/a"],
  ["+/#", "$SYS/a"],
  ["a", "A"],
  ["a", "a/"],
  ["a/", "a"],
  ["a/b", "a"],
  ["a", "a/b"],
  ["a/b/#", "a"],
  ["ab/#", "a/b"],
];

test("the standard's own examples match", () => {
  for (const [filter, topic] of matching) {
    assert.equal(topicMatches(filter as TopicFilter, topic as TopicName), true, `${filter} and ${topic}`);
  }
});

test("what only looks alike does not match", () => {
  for (const [filter, topic] of notMatching) {
    assert.equal(topicMatches(filter as TopicFilter, topic as TopicName), false, `${filter} and ${topic}`);
  }
});

test("a protocol error carries code and rule, and no stack", () => {
  const error = new ProtocolError(ReasonCode.malformedPacket, "MQTT-1.5.4-1", "a text");
  assert.equal(error.stack?.includes("\n"), false);
  assert.deepEqual([error.reasonCode, error.rule, error.message], [0x81, "MQTT-1.5.4-1", "a text"]);
  assert.ok(new Error("x").stack?.includes("\n"), "other errors keep theirs");
});
