import assert from "node:assert/strict";
import { fence, packets, RawClient, startTestBroker, statement, type TestBroker } from "../../kit/mod.ts";
import { answerUntilClosed, expectCutOff } from "./cut-off.ts";

/** Which of the topics reach a subscriber with this filter, and that each arrives as it was published. */
async function reached(broker: TestBroker, filter: string, topics: readonly string[]): Promise<string[]> {
  using subscriber = await RawClient.connected(broker, 4);
  assert.deepEqual((await subscriber.subscribe(filter)).reasonCodes, [0], filter);
  using publisher = await RawClient.connected(broker, 4);
  for (const topic of topics) publisher.publish(topic, topic);
  await fence(publisher, subscriber);
  const messages = subscriber.drain().filter((packet) => packet.type === "publish");
  for (const { topic, payload } of messages) assert.equal(topic, payload.toString());
  return messages.map(({ topic }) => topic);
}

/** A 3.1.1 client that subscribes to this is told 0x80 or cut off. */
async function expectRefused(broker: TestBroker, filter: string): Promise<void> {
  using client = await RawClient.connected(broker, 4);
  client.send(packets.subscribe({ version: 4, packetId: 1, filters: [{ filter }] }), packets.disconnect());
  const answers = (await client.expectClosed()).map(({ raw }) => raw.toString("hex"));
  assert.ok(["", "9003000180"].includes(answers.join()), `${filter}: ${answers.join()}`);
}

statement(
  "3.1.1",
  "MQTT-3.3.2-3",
  "a subscriber gets what its filter matches, under the topic it was published to",
  async () => {
    await using broker = await startTestBroker();
    const topics = ["a", "a/b", "a/b/c", "b", "/a", "a/", "A", "a/b/", "//"];
    const expected = {
      a: ["a"],
      "a/b": ["a/b"],
      "a/#": ["a", "a/b", "a/b/c", "a/", "a/b/"],
      "a/+": ["a/b", "a/"],
      "+": ["a", "b", "A"],
      "+/+": ["a/b", "/a", "a/"],
      "/+": ["/a"],
      "+/b/#": ["a/b", "a/b/c", "a/b/"],
      "a/+/+": ["a/b/c", "a/b/"],
      "#": topics,
    };
    for (const [filter, matching] of Object.entries(expected)) {
      assert.deepEqual(await reached(broker, filter, topics), matching, filter);
    }
  },
);

statement(
  "3.1.1",
  "MQTT-4.7.1-1",
  "a wildcard in a topic or will topic closes the connection and reaches nobody",
  async () => {
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, 4);
    await watcher.subscribe("#");
    for (const topic of ["a/+", "+", "a/#", "#"]) {
      await expectCutOff(broker, packets.publish({ version: 4, topic, payload: "x" }));
      assert.equal(
        await answerUntilClosed(broker, packets.connect({ version: 4, clientId: "w", will: { topic } })),
        "",
      );
    }
    await fence(watcher, watcher);
    await watcher.expectNothing();
  },
);

statement("3.1.1", "MQTT-4.7.1-2", "'#' is refused unless it is the whole last level", async () => {
  await using broker = await startTestBroker();
  for (const filter of ["a#", "#/a", "a/#/b", "##", "a/b#", "#a"]) await expectRefused(broker, filter);
});

statement("3.1.1", "MQTT-4.7.1-2", "'#' matches everything below it and its parent", async () => {
  await using broker = await startTestBroker();
  const topics = ["a", "a/b", "a/b/c", "ab"];
  assert.deepEqual(await reached(broker, "#", topics), topics);
  assert.deepEqual(await reached(broker, "a/#", topics), ["a", "a/b", "a/b/c"]);
});

statement("3.1.1", "MQTT-4.7.1-3", "'+' is refused unless it is a whole level", async () => {
  await using broker = await startTestBroker();
  for (const filter of ["a+", "+a/b", "a/+b", "++", "a/b+/c"]) await expectRefused(broker, filter);
});

statement("3.1.1", "MQTT-4.7.1-3", "'+' matches one level, also an empty one", async () => {
  await using broker = await startTestBroker();
  const topics = ["a", "b/a", "a/b/c", "a//c", "/a", "/"];
  assert.deepEqual(await reached(broker, "+", topics), ["a"]);
  assert.deepEqual(await reached(broker, "+/a", topics), ["b/a", "/a"]);
  assert.deepEqual(await reached(broker, "a/+/c", topics), ["a/b/c", "a//c"]);
  assert.deepEqual(await reached(broker, "+/+", topics), ["b/a", "/a", "/"]);
});

statement(
  "3.1.1",
  "MQTT-4.7.2-1",
  "a filter that begins with a wildcard does not match topics that begin with '$'",
  async () => {
    await using broker = await startTestBroker();
    for (const filter of ["#", "+/x", "+/#"]) assert.deepEqual(await reached(broker, filter, ["$test/x"]), [], filter);
    assert.deepEqual(await reached(broker, "$test/#", ["$test/x"]), ["$test/x"]);
    assert.deepEqual(await reached(broker, "$test/+", ["$test/x"]), ["$test/x"]);
  },
);

statement("3.1.1", "MQTT-4.7.3-1", "an empty topic closes the connection", async () => {
  await using broker = await startTestBroker();
  await expectCutOff(broker, packets.publish({ version: 4, topic: "", payload: "x" }));
});

statement("3.1.1", "MQTT-4.7.3-1", "an empty will topic closes the connection", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, 4);
  client.send(packets.connect({ version: 4, clientId: "empty", will: { topic: "", payload: "x" } }));
  assert.deepEqual(await client.expectClosed(), []);
});

statement("3.1.1", "MQTT-4.7.3-1", "an empty filter is refused", async () => {
  await using broker = await startTestBroker();
  await expectRefused(broker, "");
  await expectCutOff(broker, packets.unsubscribe({ version: 4, packetId: 1, filters: [""] }));
});

statement("3.1.1", "MQTT-4.7.3-2", "U+0000 in a topic or filter closes the connection", async () => {
  await using broker = await startTestBroker();
  const text = Buffer.from("a\0b");
  await expectCutOff(broker, packets.publish({ version: 4, topic: text, payload: "x" }));
  await expectCutOff(broker, packets.subscribe({ version: 4, packetId: 1, filters: [{ filter: text }] }));
  await expectCutOff(broker, packets.unsubscribe({ version: 4, packetId: 1, filters: [text] }));
});

statement("3.1.1", "MQTT-4.7.3-3", "a topic of 65,535 bytes is delivered unchanged", async () => {
  await using broker = await startTestBroker();
  const topic = "long/".padEnd(65_535, "x");
  assert.deepEqual(await reached(broker, "long/+", [topic]), [topic]);
  assert.deepEqual(await reached(broker, topic, [topic, topic.slice(1)]), [topic]);
});

statement("3.1.1", "MQTT-4.7.3-4", "characters are compared as they are", async () => {
  await using broker = await startTestBroker();
  const composed = "\u00e9";
  const decomposed = "e\u0301";
  const topics = ["a", "A", "/a", "a/", "a ", composed, decomposed];
  for (const topic of topics) assert.deepEqual(await reached(broker, topic, topics), [topic]);
});
