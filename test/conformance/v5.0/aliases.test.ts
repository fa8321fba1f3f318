import assert from "node:assert/strict";
import {
  onlyAkasa,
  packets,
  prop,
  property,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type Target,
} from "../../kit/mod.ts";
import { lasting } from "../lasting-session.ts";
import { receiveMany } from "../receive-many.ts";

/** A connected publisher and the Topic Alias Maximum of its CONNACK. */
async function aliasing(broker: Target, clientId: string): Promise<{ publisher: RawClient; maximum: number }> {
  const publisher = await RawClient.open(broker, 5);
  const connack = await publisher.connect(lasting(clientId));
  const maximum = Number(property(connack, prop.topicAliasMaximum) ?? 0);
  assert.ok(maximum > 1, "the broker takes no aliases, so there is nothing to test");
  return { publisher, maximum };
}

function useAlias(publisher: RawClient, topic: string, alias: number): void {
  publisher.publish(topic, `alias ${alias}`, { properties: [[prop.topicAlias, alias]] });
}

statement("5.0", "MQTT-3.3.2-7", "an alias ends with its connection, also if the session goes on", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("a/#");
  const first = await aliasing(broker, "publisher");
  useAlias(first.publisher, "a/b", 1);
  assert.equal((await watcher.receive()).topic, "a/b");
  await first.publisher.cut();
  const second = await aliasing(broker, "publisher");
  useAlias(second.publisher, "", 1);
  await second.publisher.expectDisconnect(0x82);
  await settle(broker);
  await watcher.expectNothing();
});

statement("5.0", "MQTT-3.3.2-8", "alias 0 ends the connection with 0x94", async () => {
  onlyAkasa("mosquitto 2.0.11 says 0x81");
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("a/#");
  const { publisher } = await aliasing(broker, "publisher");
  useAlias(publisher, "a/b", 0);
  await publisher.expectDisconnect(0x94);
  await settle(broker);
  await watcher.expectNothing();
});

statement("5.0", "MQTT-3.3.2-9", "an alias above the CONNACK's maximum ends the connection with 0x94", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("a/#");
  const { publisher, maximum } = await aliasing(broker, "publisher");
  useAlias(publisher, "a/b", maximum + 1);
  await publisher.expectDisconnect(0x94);
  await settle(broker);
  await watcher.expectNothing();
});

statement("5.0", "MQTT-3.3.2-11", "the broker's aliases stay within the client's maximum", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  for (const maximum of [0, 1, 3]) {
    const subscriber = await RawClient.connected(broker, 5, { properties: [[prop.topicAliasMaximum, maximum]] });
    await subscriber.subscribe("many/+", { qos: 1 });
    const topics = Array.from({ length: 40 }, (_, index) => `many/${index % 10}`);
    for (const topic of topics) await publisher.publishAcked(topic, "x");
    const messages = await receiveMany(subscriber, topics.length);
    assert.deepEqual(
      messages.map(({ topic }) => topic),
      topics,
    );
    for (const message of messages) {
      const alias = property(message, prop.topicAlias);
      assert.ok(
        alias === undefined || (Number(alias) >= 1 && Number(alias) <= maximum),
        `alias ${alias} of ${maximum}`,
      );
    }
    await subscriber.disconnect();
  }
});

statement(
  "5.0",
  "MQTT-3.3.2-12",
  "all aliases up to the CONNACK's maximum are understood, and can be re-mapped",
  async () => {
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, 5);
    await watcher.subscribe("a/#");
    const { publisher, maximum } = await aliasing(broker, "publisher");
    const steps: [topic: string, alias: number, expected: string][] = [
      ["a/first", 1, "a/first"],
      ["a/last", maximum, "a/last"],
      ["", 1, "a/first"],
      ["", maximum, "a/last"],
      ["a/other", 1, "a/other"],
      ["", 1, "a/other"],
      ["", maximum, "a/last"],
      ["a/other", maximum, "a/other"],
      ["", maximum, "a/other"],
    ];
    for (const [topic, alias, expected] of steps) {
      useAlias(publisher, topic, alias);
      const message = await watcher.receive();
      assert.deepEqual([message.topic, message.payload.toString()], [expected, `alias ${alias}`]);
    }
  },
);

statement("5.0", "MQTT-3.3.2-12", "every single alias can be in use at once, at any QoS", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("a/#");
  const { publisher, maximum } = await aliasing(broker, "publisher");
  const all = Array.from({ length: maximum }, (_, index) => index + 1);
  for (const alias of all) useAlias(publisher, `a/${alias}`, alias);
  for (const alias of all) {
    const qos = alias % 3;
    publisher.publish("", "again", { qos, properties: [[prop.topicAlias, alias]] });
    if (qos === 1) await publisher.next("puback");
    if (qos === 2) {
      const { packetId } = await publisher.next("pubrec");
      publisher.send(packets.pubrel(packetId));
      await publisher.next("pubcomp");
    }
  }
  const expected = all.map((alias) => `a/${alias}`);
  assert.deepEqual(
    (await receiveMany(watcher, 2 * maximum)).map(({ topic }) => topic),
    [...expected, ...expected],
  );
});
