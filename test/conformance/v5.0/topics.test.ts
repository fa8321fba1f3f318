import assert from "node:assert/strict";
import {
  fence,
  onlyAkasa,
  packets,
  prop,
  property,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";
import { expectPublishRefused } from "../publish-refused.ts";
import { expectRefused } from "./expect-refused.ts";

/**
 * Each topic is published once; only those that match reach a subscriber of the filter, in that order and unchanged.
 */
async function expectMatches(
  broker: TestBroker,
  filter: string,
  { match, differ }: { match: readonly string[]; differ: readonly string[] },
): Promise<void> {
  const subscriber = await RawClient.connected(broker, 5);
  assert.deepEqual((await subscriber.subscribe(filter, { qos: 1 })).reasonCodes, [1], filter);
  const publisher = await RawClient.connected(broker, 5);
  for (const topic of [...differ, ...match, ...differ]) await publisher.publishAcked(topic, "x");
  await subscriber.ping();
  const topics = subscriber.drain().map((packet) => (packet.type === "publish" ? packet.topic : packet.type));
  assert.deepEqual(topics, match, filter);
  await subscriber.disconnect();
}

/** The filter is refused by its code in SUBACK, or ends the connection. */
async function expectFilterRefused(broker: TestBroker, filter: string | Buffer): Promise<void> {
  const client = await RawClient.connected(broker, 5);
  client.send(packets.subscribe({ version: 5, packetId: 1, filters: [{ filter }] }));
  const answer = await client.next();
  const name = filter.toString();
  if (answer.type === "suback") return assert.deepEqual(answer.reasonCodes, [0x8f], name);
  assert.ok(answer.type === "disconnect", name);
  assert.ok([0x81, 0x82, 0x8f].includes(answer.reasonCode), `${name}: 0x${answer.reasonCode.toString(16)}`);
  assert.deepEqual(await client.expectClosed(), []);
}

statement("5.0", "MQTT-3.3.2-3", "only topics that match the filter are delivered, and unchanged", async () => {
  await using broker = await startTestBroker();
  await expectMatches(broker, "sport/tennis/+", {
    match: ["sport/tennis/player1", "sport/tennis/", "sport/tennis/ä€😀"],
    differ: ["sport/tennis", "sport/tennis/player1/ranking", "sport", "sport/tenni", "sport/tenniss/x"],
  });
  await expectMatches(broker, "sport/tennis/player1/#", {
    match: ["sport/tennis/player1", "sport/tennis/player1/", "sport/tennis/player1/a/b/c"],
    differ: ["sport/tennis/player10", "sport/tennis", "Sport/tennis/player1"],
  });
  await expectMatches(broker, "plain", { match: ["plain"], differ: ["plain/", "/plain", "plai", "plain ", "Plain"] });
});

statement("5.0", "MQTT-4.7.0-1", "a PUBLISH to a wildcard is refused and reaches nobody", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe([{ filter: "+" }, { filter: "a/#" }]);
  for (const topic of ["+", "#", "a/+", "a/#", "a/+/b", "a#", "a+"]) {
    const publisher = await RawClient.connected(broker, 5);
    publisher.publish(topic, "x", { qos: 1 });
    await expectPublishRefused(publisher, 0x81, 0x82, 0x90);
  }
  await settle(broker);
  await watcher.expectNothing();
});

statement("5.0", "MQTT-4.7.0-1", "a will with a wildcard in its topic is refused and never sent", async () => {
  onlyAkasa("mosquitto 2.0.11 closes without a CONNACK, as it may");
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("a/#");
  for (const topic of ["a/+", "a/#"]) {
    const client = await RawClient.open(broker, 5);
    const { reasonCode } = await client.connect({ will: { topic, payload: "x" } });
    assert.ok([0x81, 0x82, 0x90].includes(reasonCode), `0x${reasonCode.toString(16)}`);
    await client.expectClosed();
  }
  await settle(broker);
  await watcher.expectNothing();
});

statement("5.0", "MQTT-4.7.0-1", "a topic alias cannot stand for a wildcard", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("a/#");
  for (const topic of ["a/+", "a/#"]) {
    const publisher = await RawClient.connected(broker, 5);
    publisher.publish(topic, "x", { properties: [[prop.topicAlias, 1]] });
    await publisher.expectDisconnect(0x81, 0x82, 0x90);
  }
  await settle(broker);
  await watcher.expectNothing();
});

statement("5.0", "MQTT-4.7.1-1", "'#' is refused unless it stands alone or last after '/'", async () => {
  await using broker = await startTestBroker();
  for (const filter of ["a#", "a/#/b", "#a", "#/a", "a/b#", "a/#b", "##", "a/##", "a/#/"]) {
    await expectFilterRefused(broker, filter);
  }
});

statement("5.0", "MQTT-4.7.1-1", "'#' matches any number of levels, none too", async () => {
  await using broker = await startTestBroker();
  await expectMatches(broker, "#", { match: ["a", "a/b/c", "/", "/a", "a/", "a//b"], differ: [] });
  await expectMatches(broker, "a/#", { match: ["a", "a/", "a/b", "a/b/c", "a//"], differ: ["b", "/a", "ab", "b/a"] });
});

statement("5.0", "MQTT-4.7.1-2", "'+' is refused unless it fills a level", async () => {
  await using broker = await startTestBroker();
  for (const filter of ["a+", "+a", "a/b+", "a/+b/c", "++", "+/a+/b", "a/++"])
    await expectFilterRefused(broker, filter);
});

statement("5.0", "MQTT-4.7.1-2", "'+' matches one level, an empty one too", async () => {
  await using broker = await startTestBroker();
  await expectMatches(broker, "+", { match: ["a", "finance"], differ: ["/finance", "a/", "a/b"] });
  await expectMatches(broker, "/+", { match: ["/finance", "/"], differ: ["finance", "a/b", "//"] });
  await expectMatches(broker, "+/+", { match: ["/finance", "a/b", "/", "a/"], differ: ["a", "a/b/c", "//"] });
  await expectMatches(broker, "+/+/#", { match: ["a/b", "a/b/c/d", "/", "//", "///"], differ: ["a"] });
  await expectMatches(broker, "a/+/c", { match: ["a/b/c", "a//c"], differ: ["a/c", "a/b/b/c", "a/b/c/"] });
});

statement(
  "5.0",
  "MQTT-4.7.2-1",
  "filters that begin with a wildcard do not match topics that begin with '$'",
  async () => {
    await using broker = await startTestBroker();
    const differ = ["$test/x", "$test", "$SYSTEM/x", "$/x"];
    for (const [filter, topic] of [
      ["#", "a"],
      ["+/x", "a/x"],
      ["+/#", "a/x"],
      ["+", "a"],
      ["$share/g/#", "a"],
      ["$share/g/+/x", "a/x"],
    ] as const) {
      await expectMatches(broker, filter, { match: [topic], differ });
    }
  },
);

statement(
  "5.0",
  "MQTT-4.7.2-1",
  "filters that begin with a wildcard get no retained messages of '$' topics",
  async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, 5);
    await publisher.publishAcked("$test/x", "hidden", { retain: true });
    const client = await RawClient.connected(broker, 5);
    for (const filter of ["#", "+/x", "+/#", "$SYS/none"]) await client.subscribe(filter);
    await fence(publisher, client);
    for (const packet of client.drain()) assert.ok(packet.type === "publish" && !packet.topic.startsWith("$"));
    await client.subscribe("$test/#");
    assert.equal((await client.receive()).topic, "$test/x");
  },
);

statement("5.0", "MQTT-4.7.2-1", "filters that begin with '$' match topics that begin the same", async () => {
  await using broker = await startTestBroker();
  const expected = { match: ["$test/x"], differ: ["test/x", "$other/x", "x"] };
  for (const filter of ["$test/#", "$test/+", "$test/x"]) await expectMatches(broker, filter, expected);
  const client = await RawClient.connected(broker, 5);
  assert.deepEqual((await client.subscribe("$SYS/#", { qos: 1 })).reasonCodes, [1]);
  onlyAkasa("mosquitto 2.0.11 delivers no '$' topics by shared subscriptions");
  await expectMatches(broker, "$share/g/$test/#", expected);
});

statement("5.0", "MQTT-4.7.3-1", "an empty will topic is refused with 0x90", async () => {
  await using broker = await startTestBroker();
  const will = { topic: "", payload: "x" };
  await expectRefused(broker, packets.connect({ version: 5, clientId: "empty", will }), 0x90);
});

statement("5.0", "MQTT-4.7.3-1", "an empty topic without an alias ends the connection", async () => {
  await using broker = await startTestBroker();
  for (const qos of [0, 1, 2]) {
    const publisher = await RawClient.connected(broker, 5);
    publisher.publish("", "x", { qos });
    await expectPublishRefused(publisher, 0x82, 0x90);
  }
});

statement("5.0", "MQTT-4.7.3-1", "an empty filter is refused", async () => {
  await using broker = await startTestBroker();
  await expectFilterRefused(broker, "");
});

statement("5.0", "MQTT-4.7.3-1", "one character is enough, also '/' and a blank", async () => {
  await using broker = await startTestBroker();
  for (const name of ["a", "/", " "]) await expectMatches(broker, name, { match: [name], differ: ["b", "//"] });
});

statement("5.0", "MQTT-4.7.3-2", "U+0000 in a topic or filter is refused", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("+");
  for (const name of ["\0", "a\0b", "a\0"]) {
    await expectFilterRefused(broker, name);
    const publisher = await RawClient.connected(broker, 5);
    publisher.publish(name, "x", { qos: 1 });
    await expectPublishRefused(publisher, 0x81, 0x90);
  }
  await settle(broker);
  await watcher.expectNothing();
});

statement("5.0", "MQTT-4.7.3-3", "a topic of 65,535 bytes is delivered unchanged", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const longest = `long/${"é".repeat((65_535 - 5) / 2)}`;
  assert.equal(Buffer.byteLength(longest), 65_535);
  for (const filter of [longest, "long/+"]) {
    const subscriber = await RawClient.connected(broker, 5);
    assert.deepEqual((await subscriber.subscribe(filter, { qos: 1 })).reasonCodes, [1]);
    await publisher.publishAcked(longest, "x");
    assert.equal((await subscriber.receive()).topic, longest);
  }
});

statement("5.0", "MQTT-4.7.3-3", "a topic with more levels than the broker takes is refused with 0x90", async () => {
  await using broker = await startTestBroker({ max_topic_levels: 4 });
  const publisher = await RawClient.connected(broker, 5);
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("#", { qos: 1 });
  assert.equal((await publisher.publishAcked("a/b/c/d", "x")).reasonCode, 0);
  assert.equal((await watcher.receive()).topic, "a/b/c/d");
  publisher.publish("a/b/c/d/e", "x", { qos: 1 });
  await expectPublishRefused(publisher, 0x90);
  await watcher.expectNothing();
  const subscriber = await RawClient.connected(broker, 5);
  assert.deepEqual((await subscriber.subscribe("a/b/c/d/e")).reasonCodes, [0x8f]);
});

statement("5.0", "MQTT-4.7.3-4", "topics and filters are compared as they are, nothing is normalised", async () => {
  await using broker = await startTestBroker();
  const composed = "caf\u00e9";
  const decomposed = "cafe\u0301";
  const names = [
    composed,
    decomposed,
    "CAF\u00c9",
    "a/b",
    "A/b",
    "/a/b",
    "a/b/",
    "a//b",
    "a/./b",
    "a/b ",
    " a/b",
    "a%2Fb",
    "\u{feff}a/b",
    "a\\b",
    "\u212b",
    "\u00c5",
  ];
  for (const name of names) {
    await expectMatches(broker, name, { match: [name], differ: names.filter((other) => other !== name) });
  }
});

statement("5.0", "MQTT-4.7.3-4", "a leading U+FEFF belongs to the topic", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const subscriber = await RawClient.connected(broker, 5);
  await subscriber.subscribe("+");
  await publisher.publishAcked("\u{feff}a", "x", { properties: [[prop.responseTopic, "\u{feff}b"]] });
  const message = await subscriber.receive();
  assert.equal(message.wireTopic.toString("hex"), "efbbbf61");
  assert.equal(property(message, prop.responseTopic), "\u{feff}b");
});
