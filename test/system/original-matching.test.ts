import assert from "node:assert/strict";
import { fence, RawClient, startTestBroker } from "../kit/mod.ts";
import { scenario } from "./scenario.ts";

/** What a topic must match: each filter that is subscribed belongs to one client. */
type Expectation = readonly [topic: string, filters: readonly string[]];

/** Subscribes each filter for a client of its own, publishes each topic and compares who got it. */
async function expectMatches(filters: readonly string[], expectations: readonly Expectation[]): Promise<void> {
  await using broker = await startTestBroker();
  const readers = new Map<string, RawClient>();
  for (const filter of filters) {
    const reader = await RawClient.connected(broker, 4);
    assert.deepEqual((await reader.subscribe(filter)).reasonCodes, [0]);
    readers.set(filter, reader);
  }
  const publisher = await RawClient.connected(broker, 4);
  for (const [topic, expected] of expectations) {
    publisher.publish(topic, "x");
    await fence(publisher, ...readers.values());
    const got = [...readers].flatMap(([filter, reader]) =>
      reader.drain().some((packet) => packet.type === "publish" && packet.topic === topic) ? [filter] : [],
    );
    assert.deepEqual(got.toSorted(), expected.toSorted(), `who got ${topic}`);
  }
}

scenario("a filter of one level matches that level, + any, # all", async () => {
  await expectMatches(
    ["abc", "ijk", "+", "#", "abc/#"],
    [
      ["abc", ["abc", "+", "#", "abc/#"]],
      ["ijk", ["ijk", "+", "#"]],
      ["xyz", ["+", "#"]],
    ],
  );
});

scenario("filters of several levels match level by level", async () => {
  await expectMatches(
    ["abc", "abc/ijk", "abc/+", "abc/#", "abc/+/ijk/+/xyz", "abc/1/ijk/+/xyz"],
    [
      ["abc", ["abc", "abc/#"]],
      ["abc/ijk", ["abc/ijk", "abc/+", "abc/#"]],
      ["abc/xyz", ["abc/+", "abc/#"]],
      ["xyz/ijk", []],
      ["abc/1/ijk/2/xyz/3", ["abc/#"]],
      ["abc/1/ijk/xyz", ["abc/#"]],
      ["abc/ijk/xyz", ["abc/#"]],
      ["abc/1/ijk/2/xyz", ["abc/+/ijk/+/xyz", "abc/1/ijk/+/xyz", "abc/#"]],
      ["abc/8/ijk/9/xyz", ["abc/+/ijk/+/xyz", "abc/#"]],
    ],
  );
});

scenario("a filter that begins with a wildcard matches no topic that begins with $", async () => {
  await expectMatches(
    ["$abc/+", "+/+", "#", "$abc/#"],
    [
      ["$abc/dev", ["$abc/+", "$abc/#"]],
      ["$abc/", ["$abc/+", "$abc/#"]],
      ["$abc", ["$abc/#"]],
    ],
  );
});

scenario("what was unsubscribed matches no more, and again when it is subscribed again", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  const other = await RawClient.connected(broker, 4);
  await other.subscribe("abc/#");
  for (let round = 0; round < 2; round += 1) {
    await client.subscribe([{ filter: "abc" }, { filter: "abc/#" }]);
    await client.unsubscribe("abc/#");
    await client.publishAcked("abc", "one");
    assert.equal((await client.receive()).payload.toString(), "one");
    await client.unsubscribe("abc");
    await client.publishAcked("abc", "two");
    await client.expectNothing();
    for (const payload of ["one", "two"]) assert.equal((await other.receive()).payload.toString(), payload);
  }
});

/** Topics retained for the tests below. */
const retained = ["1/2/3/4", "abc", "abc/ijk", "abc/xyz", "abc/xyz/xxx"];

/** Retains a message on each topic and compares what a new subscription to each filter brings. */
async function expectRetained(topics: readonly string[], expectations: readonly Expectation[]): Promise<void> {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 4);
  for (const topic of topics) await publisher.publishAcked(topic, `of ${topic}`, { retain: true });
  for (const [filter, expected] of expectations) {
    const reader = await RawClient.connected(broker, 4);
    await reader.subscribe(filter);
    await reader.ping();
    const got = reader.drain().map((packet) => {
      assert.ok(packet.type === "publish" && packet.retain && packet.payload.toString() === `of ${packet.topic}`);
      return packet.topic;
    });
    assert.deepEqual(got.toSorted(), expected.toSorted(), `retained for ${filter}`);
  }
}

scenario("# brings the retained messages of a level and of all below it", async () => {
  await expectRetained(retained, [
    ["#", retained],
    ["abc/#", ["abc", "abc/ijk", "abc/xyz", "abc/xyz/xxx"]],
    ["abc/xyz/#", ["abc/xyz", "abc/xyz/xxx"]],
  ]);
});

scenario("+ brings the retained messages of one level", async () => {
  await expectRetained(retained, [
    ["+", ["abc"]],
    ["abc/+", ["abc/ijk", "abc/xyz"]],
    ["abc/+/+", ["abc/xyz/xxx"]],
    ["+/ijk", ["abc/ijk"]],
    ["+/6666", []],
    ["1/+/3/+", ["1/2/3/4"]],
  ]);
});

scenario("+ and # together bring the retained messages that match", async () => {
  await expectRetained(retained, [
    ["+/#", retained],
    ["abc/+/#", ["abc/ijk", "abc/xyz", "abc/xyz/xxx"]],
    ["+/xyz/#", ["abc/xyz", "abc/xyz/xxx"]],
    ["abc/xyz/3", []],
    ["1/2/3/4/5", []],
    ["1/2/3/4/+", []],
    ["1/2/3/4/#", ["1/2/3/4"]],
    ["1/2/#", ["1/2/3/4"]],
  ]);
});

scenario("a retained message of a topic that begins with $ comes only to a filter that begins with it", async () => {
  const topics = ["$abc/dev", "$abc/", "$abc"];
  await expectRetained(topics, [
    ["$abc/+", ["$abc/dev", "$abc/"]],
    ["$abc/#", topics],
    ["+/+", []],
    ["#", []],
  ]);
});

/** The payload and QoS of every message retained for a filter. */
async function retainedFor(client: RawClient, filter: string): Promise<string[]> {
  await client.subscribe(filter, { qos: 2 });
  await client.ping();
  const found = client.drain().map((packet) => (packet.type === "publish" ? `${packet.payload} ${packet.qos}` : ""));
  await client.unsubscribe(filter);
  return found.toSorted();
}

scenario("a new retained message replaces the old one of its topic, QoS included, and no other", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 4);
  const reader = await RawClient.connected(broker, 4);
  for (const topic of ["abc/ijk", "abc/xyz"]) await publisher.publishAcked(topic, topic, { retain: true });
  for (const qos of [1, 2, 1]) {
    await publisher.publishAcked("abc", `qos ${qos}`, { qos, retain: true });
    await fence(publisher, reader);
    assert.deepEqual(await retainedFor(reader, "abc"), [`qos ${qos} ${qos}`]);
  }
  assert.deepEqual(await retainedFor(reader, "abc/+"), ["abc/ijk 1", "abc/xyz 1"]);
});

scenario("an empty retained message removes that of its topic and no other", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 4);
  const reader = await RawClient.connected(broker, 4);
  for (const topic of ["abc", "abc/ijk", "abc/xyz"]) await publisher.publishAcked(topic, topic, { retain: true });
  for (let time = 0; time < 2; time += 1) {
    await publisher.publishAcked("abc", "", { retain: true });
    await fence(publisher, reader);
    assert.deepEqual(await retainedFor(reader, "abc"), []);
  }
  assert.deepEqual(await retainedFor(reader, "abc/+"), ["abc/ijk 1", "abc/xyz 1"]);
});
