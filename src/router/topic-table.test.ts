import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError, ReasonCode, topicName } from "../protocol/mod.ts";
import { RouteStamps } from "./route-stamps.ts";
import { TopicTable } from "./topic-table.ts";

function tableOf(entriesMax: number, levelsMax = 100): TopicTable {
  return new TopicTable(entriesMax, levelsMax, new RouteStamps());
}

function find(table: TopicTable, name: string) {
  const bytes = Buffer.from(`..${name}..`);
  return table.find(bytes, 2, bytes.length - 2);
}

function refusal(run: () => unknown): ReasonCode | null {
  try {
    run();
    return null;
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    return error.reasonCode;
  }
}

test("a topic is found by its bytes, the same one each time", () => {
  const table = tableOf(64);
  const topic = find(table, "a/é/b");
  assert.equal(topic.name, "a/é/b");
  assert.equal(find(table, "a/é/b"), topic);
  assert.equal(table.findName(topicName("a/é/b")), topic);
  assert.notEqual(find(table, "a/é/c"), topic);
});

test("a topic owns its bytes: the receive area may be written over", () => {
  const table = tableOf(64);
  const bytes = Buffer.from("a/b");
  const topic = table.find(bytes, 0, 3);
  bytes.fill(0x78);
  assert.equal(topic.bytes.toString(), "a/b");
  assert.equal(find(table, "a/b"), topic);
});

test("what is no topic name is refused, each time it comes", () => {
  const table = tableOf(64);
  for (const _ of [1, 2]) {
    assert.equal(
      refusal(() => find(table, "a/+")),
      ReasonCode.topicNameInvalid,
    );
    assert.equal(
      refusal(() => find(table, "a\0b")),
      ReasonCode.malformedPacket,
    );
    assert.equal(
      refusal(() => table.find(Buffer.of(0x61, 0xff), 0, 2)),
      ReasonCode.malformedPacket,
    );
  }
  assert.equal(table.size, 0);
});

test("a topic of too many levels is refused", () => {
  const table = tableOf(64, 3);
  assert.equal(find(table, "a/b/c").name, "a/b/c");
  assert.equal(
    refusal(() => find(table, "a/b/c/d")),
    ReasonCode.topicNameInvalid,
  );
  assert.equal(
    refusal(() => find(table, "///")),
    ReasonCode.topicNameInvalid,
  );
});

test("only the server publishes to $SYS", () => {
  const table = tableOf(64);
  const reserved = ["$SYS", "$SYS/a", "$SYSTEM", "$sys/a", "a/$SYS", "$share/g/a"].map(
    (name) => find(table, name).isReserved,
  );
  assert.deepEqual(reserved, [true, true, false, false, false, false]);
});

test("a million topics leave no more behind than allowed", () => {
  const table = tableOf(1024);
  for (let index = 0; index < 1_000_000; index++) {
    find(table, `device/${index}`);
    assert.ok(table.size <= 1024);
  }
  assert.ok(table.size >= 512);
});

test("a topic in use stays while a million others pass", () => {
  const table = tableOf(64);
  const used = find(table, "used");
  for (let index = 0; index < 100_000; index++) {
    find(table, `passing/${index}`);
    if (index % 20 === 0) assert.equal(find(table, "used"), used);
  }
});

test("long names push out others sooner, so that memory is bounded whatever the names", () => {
  const table = tableOf(1024);
  const long = "x".repeat(60_000);
  let held = 0;
  for (let index = 0; index < 500; index++) {
    find(table, `${long}${index}`);
    held = Math.max(held, table.size);
  }
  assert.ok(held * 60_000 < 1_000_000, `${held} names of 60,000 bytes`);
  assert.equal(find(table, "short").name, "short");
});

test("any number of entries may be asked for, also none", () => {
  for (const entries of [0, 1, 2, 3, 1000]) {
    const table = tableOf(entries);
    for (let index = 0; index < 5000; index++) assert.equal(find(table, `t/${index}`).name, `t/${index}`);
    assert.ok(table.size <= Math.max(32, entries * 2));
  }
});

test("topics whose bytes are alike in part are told apart", () => {
  const table = tableOf(16);
  const names = Array.from({ length: 300 }, (_, index) => `${"ab".repeat(index % 7)}/${index % 50}`);
  for (const name of names) assert.equal(find(table, name).name, name);
});
