import assert from "node:assert/strict";
import { difference31, fence, packets, RawClient, startTestBroker } from "../../kit/mod.ts";

difference31(5, "a refused filter is answered as if it were granted", async () => {
  await using broker = await startTestBroker({ wildcard_subscription_available: false });
  const client = await RawClient.connected(broker, 3);
  const filters = [
    { filter: "a/+", qos: 1 },
    { filter: "b", qos: 2 },
    { filter: "#", qos: 0 },
  ];
  const [refused = NaN, ...others] = (await client.subscribe(filters)).reasonCodes;
  // A broker may always grant less than was asked for.
  assert.ok(refused === 0 || refused === 1);
  assert.deepEqual(others, [2, 0]);
  await client.publishAcked("a/c", "x");
  await client.expectNothing();
});

difference31(6, "a refused PUBLISH is acknowledged as usual and reaches nobody", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("$SYS/forbidden");
  const publisher = await RawClient.connected(broker, 3);
  publisher.publish("$SYS/forbidden", "0");
  assert.equal((await publisher.publishAcked("$SYS/forbidden", "1", { qos: 1 })).type, "puback");
  assert.equal((await publisher.publishAcked("$SYS/forbidden", "2", { qos: 2 })).type, "pubcomp");
  await publisher.expectNothing();
  await fence(publisher, watcher);
  await watcher.expectNothing();
});

difference31(8, "DUP on PUBREL, SUBSCRIBE and UNSUBSCRIBE is accepted", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 3);
  client.send(packets.subscribe({ version: 3, packetId: 1, filters: [{ filter: "a" }], firstByte: 0x8a }));
  assert.equal((await client.next("suback")).packetId, 1);
  client.publish("b", "x", { qos: 2, packetId: 2 });
  await client.next("pubrec");
  client.send(packets.pubrel(2, { firstByte: 0x6a }));
  assert.equal((await client.next("pubcomp")).packetId, 2);
  client.send(packets.unsubscribe({ version: 3, packetId: 3, filters: ["a"], firstByte: 0xaa }));
  assert.equal((await client.next("unsuback")).packetId, 3);
});

difference31(8, "unused bits of CONNECT, PINGREQ, acknowledgements and DISCONNECT are ignored", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("will");
  const client = await RawClient.connected(broker, 3, { firstByte: 0x1f, will: { topic: "will", payload: "x" } });
  client.send(packets.pingreq(0xcf));
  await client.next("pingresp");
  await client.subscribe("a", { qos: 2 });
  for (const qos of [1, 2]) {
    await client.publishAcked("a", "x", { qos });
    const { packetId } = await client.take("publish");
    if (qos === 1) client.send(packets.puback(packetId, { firstByte: 0x4f }));
    else {
      client.send(packets.pubrec(packetId, { firstByte: 0x5f }));
      await client.next("pubrel");
      client.send(packets.pubcomp(packetId, { firstByte: 0x7f }));
    }
  }
  await client.expectNothing();
  client.send(packets.disconnect({ firstByte: 0xef }));
  await client.expectClosed();
  await fence(watcher, watcher);
  await watcher.expectNothing();
});

difference31(10, "text that is not UTF-8 or holds U+0000 does not reach other clients", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("#");
  for (const topic of [packets.raw("c328"), packets.raw("eda080"), Buffer.from("a\0b")]) {
    const client = await RawClient.connected(broker, 3);
    client.publish(topic, "x", { qos: 1 });
    // No duty to look exists in 3.1; the rule of 3.1.1 is applied.
    assert.deepEqual(await client.expectClosed(), []);
  }
  await fence(watcher, watcher);
  await watcher.expectNothing();
});

difference31(11, "messages sent again on a live connection are accepted and delivered as their QoS says", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("a", { qos: 2 });
  const client = await RawClient.connected(broker, 3);
  for (const dup of [false, true]) {
    client.publish("a", "exactly once", { qos: 2, packetId: 5, dup });
    assert.equal((await client.next("pubrec")).packetId, 5);
  }
  for (const firstByte of [0x62, 0x6a]) {
    client.send(packets.pubrel(5, { firstByte }));
    assert.equal((await client.next("pubcomp")).packetId, 5);
  }
  assert.equal((await watcher.receive()).payload.toString(), "exactly once");
  await fence(client, watcher);
  await watcher.expectNothing();
});

difference31(11, "SUBSCRIBE and UNSUBSCRIBE sent again on a live connection are answered again", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 3);
  for (const firstByte of [0x82, 0x8a]) {
    client.send(packets.subscribe({ version: 3, packetId: 6, filters: [{ filter: "a", qos: 1 }], firstByte }));
    assert.deepEqual((await client.next("suback")).reasonCodes, [1]);
  }
  await client.publishAcked("a", "once");
  assert.equal((await client.receive()).payload.toString(), "once");
  for (const firstByte of [0xa2, 0xaa]) {
    client.send(packets.unsubscribe({ version: 3, packetId: 7, filters: ["a"], firstByte }));
    assert.equal((await client.next("unsuback")).packetId, 7);
  }
  await client.expectNothing();
});

difference31(12, "an empty retained message removes the retained one", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 3);
  await client.publishAcked("a", "x", { retain: true });
  await client.publishAcked("a", "", { retain: true });
  await client.subscribe("a");
  await client.expectNothing();
});

difference31(12, "subscribing again sends retained messages again", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 3);
  await client.publishAcked("a", "x", { retain: true });
  for (let time = 0; time < 2; time += 1) {
    await client.subscribe("a");
    const message = await client.receive();
    assert.deepEqual([message.payload.toString(), message.retain], ["x", true]);
  }
});

difference31(13, "a topic of 32,767 characters is delivered", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 3);
  const topic = "long/".padEnd(32_767, "x");
  await client.subscribe("long/+");
  client.publish(topic, "x");
  assert.equal((await client.receive()).topic, topic);
});
