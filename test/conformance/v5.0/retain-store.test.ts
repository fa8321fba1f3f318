import assert from "node:assert/strict";
import { prop, properties, property, RawClient, settle, startTestBroker, statement } from "../../kit/mod.ts";

statement(
  "5.0",
  "MQTT-3.3.1-5",
  "a retained message replaces the topic's older one with all that belongs to it",
  async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, 5);
    await publisher.publishAcked("kept", "a", {
      qos: 2,
      retain: true,
      properties: [
        [prop.contentType, "old"],
        [prop.userProperty, ["old", "1"]],
      ],
    });
    await publisher.publishAcked("kept", "b", {
      qos: 1,
      retain: true,
      properties: [[prop.userProperty, ["new", "2"]]],
    });
    const subscriber = await RawClient.connected(broker, 5);
    await subscriber.subscribe("kept", { qos: 2 });
    const message = await subscriber.receive();
    assert.equal(message.payload.toString(), "b");
    assert.equal(message.retain, true);
    assert.equal(message.qos, 1);
    assert.equal(property(message, prop.contentType), undefined);
    assert.deepEqual(properties(message, prop.userProperty), [["new", "2"]]);
    await settle(broker);
    await subscriber.expectNothing();
  },
);

statement("5.0", "MQTT-3.3.1-5", "a retained message is delivered at no more than the granted QoS", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  for (const stored of [0, 1, 2]) {
    const topic = `kept/${stored}`;
    if (stored === 0) publisher.publish(topic, "x", { retain: true });
    else await publisher.publishAcked(topic, "x", { qos: stored, retain: true });
    await publisher.ping();
    for (const granted of [0, 1, 2]) {
      const subscriber = await RawClient.connected(broker, 5);
      await subscriber.subscribe(topic, { qos: granted });
      assert.equal((await subscriber.receive()).qos, Math.min(stored, granted), `stored ${stored}, granted ${granted}`);
    }
  }
});

statement("5.0", "MQTT-3.3.1-6", "an empty retained message is delivered live and removes the stored one", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const live = await RawClient.connected(broker, 5);
  await publisher.publishAcked("kept", "x", { retain: true });
  await live.subscribe("kept", { qos: 1, retainHandling: 2 });
  await publisher.publishAcked("kept", "", { retain: true });
  const message = await live.receive();
  assert.deepEqual([message.topic, message.payload.length, message.retain], ["kept", 0, false]);
  const late = await RawClient.connected(broker, 5);
  await late.subscribe("kept/#", { qos: 1 });
  await settle(broker);
  await late.expectNothing();
});

statement("5.0", "MQTT-3.3.1-7", "an empty retained message is not stored", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  for (const qos of [1, 2]) await publisher.publishAcked("empty", "", { qos, retain: true });
  publisher.publish("empty", "", { retain: true });
  await publisher.ping();
  const subscriber = await RawClient.connected(broker, 5);
  await subscriber.subscribe("empty/#", { qos: 1 });
  await settle(broker);
  await subscriber.expectNothing();
});

statement("5.0", "MQTT-3.3.1-8", "messages without RETAIN leave the stored one alone, empty ones too", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked("kept", "x", { retain: true });
  await publisher.publishAcked("kept", "y");
  await publisher.publishAcked("kept", "");
  publisher.publish("kept", "");
  await publisher.publishAcked("other", "z");
  const subscriber = await RawClient.connected(broker, 5);
  await subscriber.subscribe([{ filter: "kept" }, { filter: "other" }]);
  assert.equal((await subscriber.receive()).payload.toString(), "x");
  await settle(broker);
  await subscriber.expectNothing();
});
