import assert from "node:assert/strict";
import {
  packets,
  prop,
  property,
  type PublishPacket,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { receiveMany, texts } from "../receive-many.ts";

const startStopped = (): Promise<TestBroker> => startTestBroker({}, { manualClock: true });

function secondsLeft(message: PublishPacket): unknown {
  return property(message, prop.messageExpiryInterval);
}

statement("5.0", "MQTT-3.3.2-5", "a queued message whose time is over is not delivered", async () => {
  await using broker = await startStopped();
  const publisher = await RawClient.connected(broker, 5);
  const subscriber = await RawClient.connected(broker, 5, lasting("away"));
  await subscriber.subscribe("fades", { qos: 2 });
  await subscriber.disconnect();
  for (const qos of [1, 2]) {
    await publisher.publishAcked("fades", `short ${qos}`, { qos, properties: [[prop.messageExpiryInterval, 1]] });
    await publisher.publishAcked("fades", `long ${qos}`, { qos, properties: [[prop.messageExpiryInterval, 100]] });
    await publisher.publishAcked("fades", `for ever ${qos}`, { qos });
  }
  await broker.advance(2000);
  const awake = await resumed(broker, "away");
  assert.deepEqual(texts(await receiveMany(awake, 4)), ["long 1", "for ever 1", "long 2", "for ever 2"]);
  await settle(broker);
  await awake.expectNothing();
});

statement(
  "5.0",
  "MQTT-3.3.2-5",
  "a message whose time is over while a full window holds it back is not delivered",
  async () => {
    await using broker = await startStopped();
    const publisher = await RawClient.connected(broker, 5);
    const subscriber = await RawClient.connected(broker, 5, { properties: [[prop.receiveMaximum, 1]] });
    await subscriber.subscribe("fades", { qos: 1 });
    await publisher.publishAcked("fades", "first");
    await publisher.publishAcked("fades", "short", { properties: [[prop.messageExpiryInterval, 1]] });
    await publisher.publishAcked("fades", "last");
    const first = await subscriber.next("publish");
    await broker.advance(2000);
    await subscriber.acknowledge(first);
    assert.equal((await subscriber.receive()).payload.toString(), "last");
    await subscriber.expectNothing();
  },
);

statement("5.0", "MQTT-3.3.2-5", "a retained message whose time is over is not delivered", async () => {
  await using broker = await startStopped();
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked("fades/short", "x", { retain: true, properties: [[prop.messageExpiryInterval, 1]] });
  await publisher.publishAcked("fades/long", "x", { retain: true, properties: [[prop.messageExpiryInterval, 100]] });
  await broker.advance(2000);
  const subscriber = await RawClient.connected(broker, 5);
  await subscriber.subscribe("fades/#", { qos: 1 });
  assert.equal((await subscriber.receive()).topic, "fades/long");
  await settle(broker);
  await subscriber.expectNothing();
});

statement("5.0", "MQTT-3.3.2-6", "a message delivered at once has the expiry it was sent with", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const subscriber = await RawClient.connected(broker, 5);
  await subscriber.subscribe("fades", { qos: 1 });
  await publisher.publishAcked("fades", "x", { properties: [[prop.messageExpiryInterval, 10]] });
  const left = secondsLeft(await subscriber.receive());
  assert.ok(left === 10 || left === 9, `${left}`);
  await publisher.publishAcked("fades", "x");
  assert.equal(secondsLeft(await subscriber.receive()), undefined);
});

statement("5.0", "MQTT-3.3.2-6", "a queued message is delivered with the time it has left", async () => {
  await using broker = await startStopped();
  const publisher = await RawClient.connected(broker, 5);
  const subscriber = await RawClient.connected(broker, 5, lasting("away"));
  await subscriber.subscribe("fades", { qos: 1 });
  await subscriber.disconnect();
  await publisher.publishAcked("fades", "x", { properties: [[prop.messageExpiryInterval, 10]] });
  await broker.advance(3000);
  const left = secondsLeft(await (await resumed(broker, "away")).receive());
  assert.ok(left === 7 || left === 6, `${left}`);
});

statement("5.0", "MQTT-3.3.2-6", "a retained message is delivered with the time it has left", async () => {
  await using broker = await startStopped();
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked("fades", "x", { retain: true, properties: [[prop.messageExpiryInterval, 10]] });
  await broker.advance(3000);
  const subscriber = await RawClient.connected(broker, 5);
  await subscriber.subscribe("fades", { qos: 1 });
  const left = secondsLeft(await subscriber.receive());
  assert.ok(left === 7 || left === 6, `${left}`);
});

statement("5.0", "MQTT-4.3.3-7", "a QoS 2 message once sent is sent again however late", async () => {
  await using broker = await startStopped();
  const publisher = await RawClient.connected(broker, 5);
  const subscriber = await RawClient.connected(broker, 5, lasting("away"));
  await subscriber.subscribe("fades", { qos: 2 });
  await publisher.publishAcked("fades", "x", { qos: 2, properties: [[prop.messageExpiryInterval, 1]] });
  const first = await subscriber.next("publish");
  await subscriber.cut();
  await broker.advance(3000);
  const awake = await resumed(broker, "away");
  const again = await awake.receive();
  assert.deepEqual([again.packetId, again.dup, again.payload.toString()], [first.packetId, true, "x"]);
  await awake.expectNothing();
});

statement("5.0", "MQTT-4.3.3-13", "the handshake of a QoS 2 message goes on after its time is over", async () => {
  await using broker = await startStopped();
  const publisher = await RawClient.connected(broker, 5);
  const sleeper = await RawClient.connected(broker, 5, lasting("away"));
  await sleeper.subscribe("fades", { qos: 2 });
  await sleeper.disconnect();
  const packetId = publisher.publish("fades", "x", { qos: 2, properties: [[prop.messageExpiryInterval, 1]] });
  assert.equal((await publisher.next("pubrec")).reasonCode, 0);
  await broker.advance(3000);
  publisher.send(packets.pubrel(packetId));
  const { packetId: completed, reasonCode } = await publisher.next("pubcomp");
  assert.deepEqual([completed, reasonCode], [packetId, 0]);
  const awake = await resumed(broker, "away");
  await settle(broker);
  await awake.expectNothing();
});
