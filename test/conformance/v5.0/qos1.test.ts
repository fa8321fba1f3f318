import assert from "node:assert/strict";
import { packets, RawClient, settle, startTestBroker, statement } from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { receiveMany, texts } from "../receive-many.ts";

statement("5.0", "MQTT-4.3.2-1", "every QoS 1 message on its way has an id of its own", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const subscriber = await RawClient.connected(broker, 5);
  await subscriber.subscribe("one", { qos: 1 });
  const count = 20;
  for (let number = 0; number < count; number += 1) await publisher.publishAcked("one", `${number}`);
  const open = new Set<number>();
  for (let number = 0; number < count; number += 1) open.add((await subscriber.next("publish")).packetId);
  assert.equal(open.size, count);
  assert.ok(!open.has(0));
  // The id that became free may be used again; those of the others not.
  const [first = 0] = open;
  subscriber.send(packets.puback(first));
  open.delete(first);
  await publisher.publishAcked("one", "next");
  const { packetId } = await subscriber.next("publish");
  assert.ok(packetId !== 0 && !open.has(packetId));
});

statement("5.0", "MQTT-4.3.2-2", "a QoS 1 message goes out first with an id and DUP 0", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const subscriber = await RawClient.connected(broker, 5);
  await subscriber.subscribe("one", { qos: 1, retainAsPublished: true });
  for (const retain of [false, true]) {
    await publisher.publishAcked("one", "x", { retain });
    const { firstByte, packetId } = await subscriber.receive();
    assert.equal(firstByte, retain ? 0x33 : 0x32);
    assert.notEqual(packetId, 0);
  }
});

statement("5.0", "MQTT-4.3.2-3", "a QoS 1 message is sent again on resume unless PUBACK came", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const subscriber = await RawClient.connected(broker, 5, lasting("one"));
  await subscriber.subscribe("one", { qos: 1 });
  for (const text of ["answered", "open"]) await publisher.publishAcked("one", text);
  const [answered, open] = [await subscriber.next("publish"), await subscriber.next("publish")];
  subscriber.send(packets.puback(answered.packetId));
  await subscriber.cut();
  const again = await resumed(broker, "one");
  const repeat = await again.receive();
  assert.deepEqual([repeat.packetId, repeat.payload.toString()], [open.packetId, "open"]);
  await again.expectNothing();
  await again.cut();
  const third = await resumed(broker, "one");
  await settle(broker);
  await third.expectNothing();
});

statement("5.0", "MQTT-4.3.2-4", "PUBACK has the id of its message", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  for (const packetId of [5, 65_535, 1]) {
    publisher.publish("one", "x", { qos: 1, packetId });
    assert.equal((await publisher.next("puback")).packetId, packetId);
  }
  await publisher.expectNothing();
});

statement("5.0", "MQTT-4.3.2-4", "a message that was acknowledged reaches a subscriber who was away", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const sleeper = await RawClient.connected(broker, 5, lasting("sleeper"));
  await sleeper.subscribe("one", { qos: 1 });
  await sleeper.disconnect();
  await publisher.publishAcked("one", "kept for you", { packetId: 5 });
  publisher.reset();
  const awake = await resumed(broker, "sleeper");
  assert.equal((await awake.receive()).payload.toString(), "kept for you");
});

statement("5.0", "MQTT-4.3.2-5", "after PUBACK the same id is a new message, whatever DUP says", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const subscriber = await RawClient.connected(broker, 5);
  await subscriber.subscribe("one", { qos: 1 });
  for (const [text, dup] of [
    ["first", false],
    ["second", true],
    ["third", false],
  ] as const) {
    publisher.publish("one", text, { qos: 1, packetId: 5, dup });
    assert.equal((await publisher.next("puback")).packetId, 5);
  }
  assert.deepEqual(texts(await receiveMany(subscriber, 3)), ["first", "second", "third"]);
  await subscriber.expectNothing();
});
