import assert from "node:assert/strict";
import { fence, packets, RawClient, startTestBroker, statement } from "../../kit/mod.ts";

const stored = { clientId: "stored", cleanStart: false } as const;

statement("3.1.1", "MQTT-3.6.1-1", "a PUBREL with wrong flags closes the connection", async () => {
  await using broker = await startTestBroker();
  for (const firstByte of [0x60, 0x6a]) {
    const client = await RawClient.connected(broker, 4);
    const packetId = client.publish("a", "x", { qos: 2 });
    await client.next("pubrec");
    client.send(packets.pubrel(packetId, { firstByte }));
    assert.deepEqual(await client.expectClosed(), []);
  }
});

statement("3.1.1", "MQTT-4.3.2-1", "a QoS 1 message is sent again until its PUBACK, and not after it", async () => {
  await using broker = await startTestBroker();
  const first = await RawClient.connected(broker, 4, stored);
  await first.subscribe("a", { qos: 1 });
  await first.publishAcked("a", "x", { qos: 1 });
  const message = await first.take("publish");
  assert.deepEqual([message.dup, message.packetId > 0], [false, true]);
  await first.cut();
  const second = await RawClient.connected(broker, 4, stored);
  const again = await second.receive();
  assert.deepEqual([again.packetId, again.payload, again.dup], [message.packetId, message.payload, true]);
  // The answer to PINGREQ shows that PUBACK arrived.
  await second.expectNothing();
  await second.cut();
  const third = await RawClient.connected(broker, 4, stored);
  await third.expectNothing();
});

statement("3.1.1", "MQTT-4.3.2-2", "after PUBACK the same id is a new message, even with DUP", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 4);
  await subscriber.subscribe("a", { qos: 1 });
  const publisher = await RawClient.connected(broker, 4);
  for (const dup of [false, true]) {
    publisher.publish("a", "x", { qos: 1, packetId: 5, dup });
    assert.equal((await publisher.next("puback")).packetId, 5);
    assert.equal((await subscriber.receive()).payload.toString(), "x");
  }
});

statement("3.1.1", "MQTT-4.3.3-1", "after PUBREC only PUBREL is sent, also again after a reconnect", async () => {
  await using broker = await startTestBroker();
  const first = await RawClient.connected(broker, 4, stored);
  await first.subscribe("a", { qos: 2 });
  await first.publishAcked("a", "x", { qos: 2 });
  const { packetId, dup } = await first.take("publish");
  assert.deepEqual([dup, packetId > 0], [false, true]);
  first.send(packets.pubrec(packetId));
  assert.equal((await first.next("pubrel")).raw.toString("hex"), packets.pubrel(packetId).toString("hex"));
  await first.cut();
  const second = await RawClient.connected(broker, 4, stored);
  assert.equal((await second.next("pubrel")).packetId, packetId);
  second.send(packets.pubcomp(packetId));
  await second.expectNothing();
  await second.cut();
  const third = await RawClient.connected(broker, 4, stored);
  await third.expectNothing();
});

statement(
  "3.1.1",
  "MQTT-4.3.3-2",
  "a QoS 2 message sent twice is delivered once; after PUBCOMP its id is new",
  async () => {
    await using broker = await startTestBroker();
    const subscriber = await RawClient.connected(broker, 4);
    await subscriber.subscribe("a", { qos: 2 });
    const publisher = await RawClient.connected(broker, 4);
    for (const payload of ["first", "second"]) {
      for (const dup of [false, true]) {
        publisher.publish("a", payload, { qos: 2, packetId: 9, dup });
        assert.equal((await publisher.next("pubrec")).packetId, 9);
      }
      publisher.send(packets.pubrel(9));
      assert.equal((await publisher.next("pubcomp")).packetId, 9);
      assert.equal((await subscriber.receive()).payload.toString(), payload);
      await fence(publisher, subscriber);
      await subscriber.expectNothing();
    }
  },
);

statement("3.1.1", "MQTT-4.3.3-2", "a QoS 2 message sent again after a reconnect is delivered once", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 4);
  await subscriber.subscribe("a", { qos: 2 });
  const before = await RawClient.connected(broker, 4, stored);
  before.publish("a", "first", { qos: 2, packetId: 9 });
  await before.next("pubrec");
  await before.cut();
  const after = await RawClient.connected(broker, 4, stored);
  after.publish("a", "first", { qos: 2, packetId: 9, dup: true });
  assert.equal((await after.next("pubrec")).packetId, 9);
  after.send(packets.pubrel(9));
  assert.equal((await after.next("pubcomp")).packetId, 9);
  assert.equal((await subscriber.receive()).payload.toString(), "first");
  await fence(after, subscriber);
  await subscriber.expectNothing();
  await after.publishAcked("a", "second", { qos: 2, packetId: 9 });
  assert.equal((await subscriber.receive()).payload.toString(), "second");
});

statement("3.1.1", "MQTT-4.3.3-2", "a PUBREL sent again after a reconnect is answered by PUBCOMP", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 4);
  await subscriber.subscribe("a", { qos: 2 });
  const before = await RawClient.connected(broker, 4, stored);
  await before.publishAcked("a", "x", { qos: 2, packetId: 9 });
  await before.cut();
  const after = await RawClient.connected(broker, 4, stored);
  after.send(packets.pubrel(9));
  assert.equal((await after.next("pubcomp")).packetId, 9);
  assert.equal((await subscriber.receive()).payload.toString(), "x");
  await fence(after, subscriber);
  await subscriber.expectNothing();
});

statement("3.1.1", "MQTT-4.4.0-1", "what a session left unacknowledged is sent again with its ids", async () => {
  await using broker = await startTestBroker();
  const first = await RawClient.connected(broker, 4, stored);
  await first.subscribe("a", { qos: 2 });
  const publisher = await RawClient.connected(broker, 4);
  for (const qos of [1, 2, 2]) await publisher.publishAcked("a", `${qos}`, { qos });
  const one = await first.next("publish");
  const beforePubrec = await first.next("publish");
  const afterPubrec = await first.next("publish");
  first.send(packets.pubrec(afterPubrec.packetId));
  await first.next("pubrel");
  await first.cut();
  const second = await RawClient.connected(broker, 4, stored);
  const pubrel = await second.take("pubrel");
  assert.equal(pubrel.packetId, afterPubrec.packetId);
  for (const { packetId, payload, qos } of [one, beforePubrec]) {
    const again = await second.next("publish");
    assert.deepEqual([again.packetId, again.payload, again.qos, again.dup], [packetId, payload, qos, true]);
  }
  await second.expectNothing();
});

statement("3.1.1", "MQTT-4.5.0-1", "a message reaches every session that subscribed, online or not", async () => {
  await using broker = await startTestBroker();
  const online = await RawClient.connected(broker, 4);
  await online.subscribe("a/b", { qos: 1 });
  const offline = [
    { clientId: "away-1", filter: "a/+" },
    { clientId: "away-2", filter: "#" },
  ];
  for (const { clientId, filter } of offline) {
    const client = await RawClient.connected(broker, 4, { clientId, cleanStart: false });
    await client.subscribe(filter, { qos: 1 });
    await client.disconnect();
  }
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("a/b", "to all");
  assert.equal((await online.receive()).payload.toString(), "to all");
  for (const { clientId } of offline) {
    const client = await RawClient.connected(broker, 4, { clientId, cleanStart: false });
    assert.equal((await client.receive()).payload.toString(), "to all");
  }
});
