import assert from "node:assert/strict";
import { fence, onlyAkasa, packets, RawClient, startTestBroker, statement } from "../../kit/mod.ts";
import { expectCutOff } from "./cut-off.ts";

statement("3.1.1", "MQTT-3.3.1-1", "what is delivered again has DUP set and the same packet id", async () => {
  await using broker = await startTestBroker();
  const stored = { clientId: "stored", cleanStart: false } as const;
  const first = await RawClient.connected(broker, 4, stored);
  await first.subscribe("a", { qos: 2 });
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("a", "one", { qos: 1 });
  await publisher.publishAcked("a", "two", { qos: 2 });
  const messages = [await first.next("publish"), await first.next("publish")];
  await first.cut();
  const second = await RawClient.connected(broker, 4, stored);
  for (const { packetId, payload } of messages) {
    const again = await second.next("publish");
    assert.deepEqual([again.packetId, again.payload, again.dup], [packetId, payload, true]);
  }
});

statement("3.1.1", "MQTT-3.3.1-2", "a QoS 0 message with DUP ends the connection and is not forwarded", async () => {
  onlyAkasa("mosquitto 2.0.11 takes it");
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("a");
  const publisher = await RawClient.connected(broker, 4);
  publisher.send(packets.publish({ version: 4, topic: "a", payload: "x", dup: true }));
  assert.deepEqual(await publisher.expectClosed(), []);
  await watcher.expectNothing();
});

statement(
  "3.1.1",
  ["MQTT-3.3.1-2", "MQTT-4.3.1-1"],
  "a QoS 0 message is sent once, without DUP, and needs no answer",
  async () => {
    await using broker = await startTestBroker();
    const stored = { clientId: "stored", cleanStart: false } as const;
    const subscriber = await RawClient.connected(broker, 4, stored);
    await subscriber.subscribe("a", { qos: 0 });
    const publisher = await RawClient.connected(broker, 4);
    publisher.publish("a", "1");
    await publisher.publishAcked("a", "2", { qos: 1, dup: true });
    await publisher.publishAcked("a", "3", { qos: 2, dup: true });
    for (const payload of ["1", "2", "3"]) {
      const message = await subscriber.next("publish");
      assert.deepEqual([message.payload.toString(), message.firstByte], [payload, 0x30]);
    }
    await subscriber.cut();
    const again = await RawClient.connected(broker, 4, stored);
    await again.expectNothing();
  },
);

statement("3.1.1", "MQTT-3.3.1-3", "DUP of the publisher is not passed on", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 4);
  await subscriber.subscribe("a", { qos: 2 });
  const publisher = await RawClient.connected(broker, 4);
  for (const qos of [1, 2]) {
    await publisher.publishAcked("a", "x", { qos, dup: true });
    const message = await subscriber.receive();
    assert.deepEqual([message.qos, message.dup], [qos, false]);
  }
});

statement("3.1.1", "MQTT-3.3.1-4", "a PUBLISH with QoS 3 closes the connection and reaches nobody", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("a");
  await expectCutOff(broker, packets.publish({ version: 4, topic: "a", payload: "x", packetId: 1, firstByte: 0x36 }));
  await fence(watcher, watcher);
  await watcher.expectNothing();
});

statement("3.1.1", "MQTT-3.3.2-1", "a PUBLISH without a whole UTF-8 topic closes the connection", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("#");
  await expectCutOff(broker, packets.frame(0x30, packets.raw("0005 6162 63")));
  await expectCutOff(broker, packets.frame(0x30, packets.raw("00")));
  await expectCutOff(broker, packets.publish({ version: 4, topic: packets.raw("fffe"), payload: "x" }));
  await fence(watcher, watcher);
  await watcher.expectNothing();
});

statement("3.1.1", "MQTT-3.3.2-1", "a delivery begins with the topic", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 4);
  await subscriber.subscribe("temperature/kitchen-ü", { qos: 1 });
  subscriber.publish("temperature/kitchen-ü", "21", { qos: 1 });
  const { raw, wireTopic } = await subscriber.take("publish");
  const topic = Buffer.from("temperature/kitchen-ü");
  assert.deepEqual(raw.subarray(2, 4 + topic.length), Buffer.concat([Buffer.from([0, topic.length]), topic]));
  assert.deepEqual(wireTopic, topic);
});

statement(
  "3.1.1",
  "MQTT-3.3.2-2",
  "a PUBLISH with a wildcard in its topic closes the connection and reaches nobody",
  async () => {
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, 4);
    await watcher.subscribe("#");
    for (const topic of ["a/+", "a/#", "#", "+", "a+b", "a#"]) {
      await expectCutOff(broker, packets.publish({ version: 4, topic, payload: "x" }));
    }
    await fence(watcher, watcher);
    await watcher.expectNothing();
  },
);

statement("3.1.1", "MQTT-3.3.4-1", "a PUBLISH is answered by nothing, PUBACK or PUBREC", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  client.publish("a", "x");
  await client.expectNothing();
  client.publish("a", "x", { qos: 1, packetId: 7 });
  assert.equal((await client.next("puback")).packetId, 7);
  client.publish("a", "x", { qos: 2, packetId: 8 });
  assert.equal((await client.next("pubrec")).packetId, 8);
  await client.expectNothing();
});

statement("3.1.1", "MQTT-3.3.5-1", "overlapping subscriptions deliver at the highest of their QoS", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 4);
  await subscriber.subscribe("a/#", { qos: 1 });
  await subscriber.subscribe("a/+", { qos: 2 });
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("a/b", "x", { qos: 2 });
  // One copy, or one for each subscription: both are allowed.
  const copies = [(await subscriber.receive()).qos];
  await fence(publisher, subscriber);
  for (const packet of subscriber.drain()) if (packet.type === "publish") copies.push(packet.qos);
  assert.ok(
    [[2], [1, 2]].some((allowed) => allowed.join() === copies.toSorted().join()),
    `QoS ${copies.join(", ")}`,
  );
});

statement("3.1.1", "MQTT-3.3.5-2", "a forbidden PUBLISH is acknowledged as usual and reaches nobody", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("$SYS/forbidden");
  const publisher = await RawClient.connected(broker, 4);
  publisher.publish("$SYS/forbidden", "0");
  assert.equal((await publisher.publishAcked("$SYS/forbidden", "1", { qos: 1 })).type, "puback");
  assert.equal((await publisher.publishAcked("$SYS/forbidden", "2", { qos: 2 })).type, "pubcomp");
  await publisher.publishAcked("$SYS/forbidden", "3", { qos: 1, retain: true });
  await fence(publisher, watcher);
  await watcher.subscribe("$SYS/forbidden");
  await watcher.expectNothing();
});

statement("3.1.1", "MQTT-3.3.5-2", "a forbidden PUBLISH closes the connection if the broker is told so", async () => {
  await using broker = await startTestBroker({ denied_publish_v3: "disconnect" });
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("$SYS/forbidden");
  for (const qos of [0, 1, 2]) {
    await expectCutOff(broker, packets.publish({ version: 4, topic: "$SYS/forbidden", payload: "x", qos }));
  }
  await fence(watcher, watcher);
  await watcher.expectNothing();
});
