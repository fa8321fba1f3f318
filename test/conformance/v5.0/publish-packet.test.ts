import assert from "node:assert/strict";
import {
  lengthPrefixed,
  packets,
  type PublishPacket,
  RawClient,
  settle,
  startTestBroker,
  statement,
} from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { expectPublishRefused } from "../publish-refused.ts";

function outline({ topic, qos, packetId, dup }: PublishPacket): unknown {
  return { topic, qos, packetId, dup };
}

statement(
  "5.0",
  "MQTT-3.3.1-1",
  "what was not acknowledged comes again with its id and DUP 1, every time",
  async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, 5);
    const subscriber = await RawClient.connected(broker, 5, lasting("dup"));
    await subscriber.subscribe("dup/#", { qos: 2 });
    await publisher.publishAcked("dup/1", "one", { qos: 1 });
    await publisher.publishAcked("dup/2", "two", { qos: 2 });
    const first = [await subscriber.next("publish"), await subscriber.next("publish")];
    assert.deepEqual(
      first.map(({ dup }) => dup),
      [false, false],
    );
    await subscriber.cut();
    const expected = first.map((message) => outline({ ...message, dup: true }));
    for (let round = 0; round < 2; round += 1) {
      const again = await resumed(broker, "dup");
      assert.deepEqual([await again.next("publish"), await again.next("publish")].map(outline), expected);
      await again.expectNothing();
      await again.cut();
    }
  },
);

statement("5.0", "MQTT-3.3.1-2", "a QoS 0 message is delivered with DUP 0", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 5);
  const publisher = await RawClient.connected(broker, 5);
  await subscriber.subscribe("dup", { qos: 2 });
  publisher.publish("dup", "0");
  assert.equal((await subscriber.receive()).firstByte, 0x30);
});

statement("5.0", "MQTT-3.3.1-2", "a QoS 0 PUBLISH with DUP 1 is malformed, or delivered with DUP 0", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 5);
  const publisher = await RawClient.connected(broker, 5);
  await subscriber.subscribe("dup");
  publisher.send(packets.publish({ version: 5, topic: "dup", firstByte: 0x38 }), packets.pingreq());
  const answer = await publisher.next();
  if (answer.type === "disconnect") {
    assert.equal(answer.reasonCode, 0x81);
    await publisher.expectClosed();
    await settle(broker);
  } else {
    assert.equal(answer.type, "pingresp");
    assert.equal((await subscriber.receive()).dup, false);
  }
  await subscriber.expectNothing();
});

statement("5.0", "MQTT-3.3.1-3", "a publisher's DUP is not passed on", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 5);
  const publisher = await RawClient.connected(broker, 5);
  await subscriber.subscribe("dup", { qos: 2 });
  for (const qos of [1, 2]) {
    await publisher.publishAcked("dup", "again", { qos, dup: true });
    const message = await subscriber.receive();
    assert.deepEqual([message.qos, message.dup], [qos, false]);
  }
});

statement("5.0", "MQTT-3.3.1-4", "a PUBLISH with QoS 3 ends the connection with 0x81 and reaches nobody", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 5);
  const publisher = await RawClient.connected(broker, 5);
  await subscriber.subscribe("three", { qos: 2 });
  publisher.send(packets.publish({ version: 5, topic: "three", qos: 3, payload: "x" }));
  await publisher.expectDisconnect(0x81);
  await settle(broker);
  await subscriber.expectNothing();
});

statement("5.0", "MQTT-3.3.2-1", "a topic that is longer than its packet ends the connection with 0x81", async () => {
  await using broker = await startTestBroker();
  for (const body of ["00 0a 61 62 00", "00", "", "ff ff 61"]) {
    const publisher = await RawClient.connected(broker, 5);
    publisher.send(packets.frame(0x30, packets.raw(body)));
    await publisher.expectDisconnect(0x81);
  }
});

statement("5.0", "MQTT-3.3.2-1", "a topic that is not UTF-8 ends the connection with 0x81 or 0x90", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("+");
  // Bytes of no character, a surrogate, a needlessly long form of '/', a sequence without its end.
  for (const bytes of ["ff fe", "ed a0 80", "c0 af", "61 e2 82"]) {
    const publisher = await RawClient.connected(broker, 5);
    const topic = lengthPrefixed(packets.raw(bytes));
    publisher.send(packets.frame(0x30, Buffer.concat([topic, packets.raw("00 78")])));
    await publisher.expectDisconnect(0x81, 0x90);
  }
  await settle(broker);
  await watcher.expectNothing();
});

statement("5.0", "MQTT-3.3.2-2", "a PUBLISH to a wildcard is refused and reaches nobody", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("a/#", { qos: 2 });
  for (const topic of ["a/+", "a/#", "a/+/b", "a/b#", "a/+b"]) {
    for (const qos of [0, 1, 2]) {
      const publisher = await RawClient.connected(broker, 5);
      publisher.publish(topic, "x", { qos });
      await expectPublishRefused(publisher, 0x90, 0x82);
    }
  }
  await settle(broker);
  await watcher.expectNothing();
});
