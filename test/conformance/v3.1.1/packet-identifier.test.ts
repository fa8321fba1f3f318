import assert from "node:assert/strict";
import { fence, onlyAkasa, packets, RawClient, startTestBroker, statement } from "../../kit/mod.ts";
import { expectCutOff } from "./cut-off.ts";

statement("3.1.1", "MQTT-2.3.1-1", "a packet id of 0 closes the connection", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("#");
  await expectCutOff(broker, packets.subscribe({ version: 4, packetId: 0, filters: [{ filter: "a" }] }));
  await expectCutOff(broker, packets.unsubscribe({ version: 4, packetId: 0, filters: ["a"] }));
  await expectCutOff(broker, packets.publish({ version: 4, topic: "a", qos: 1, packetId: 0 }));
  await expectCutOff(broker, packets.publish({ version: 4, topic: "a", qos: 2, packetId: 0 }));
  await fence(watcher, watcher);
  await watcher.expectNothing();
});

statement(
  "3.1.1",
  ["MQTT-2.3.1-1", "MQTT-2.3.1-4"],
  "unacknowledged deliveries have different ids and keep them when they are sent again",
  async () => {
    await using broker = await startTestBroker();
    const clientId = "holds-back";
    const subscriber = await RawClient.connected(broker, 4, { clientId, cleanStart: false });
    const publisher = await RawClient.connected(broker, 4);
    await subscriber.subscribe("a", { qos: 1 });
    for (let number = 0; number < 100; number += 1) await publisher.publishAcked("a", `${number}`);
    await fence(publisher, subscriber);
    // How many may wait unacknowledged is the broker's choice.
    const held = subscriber.drain().filter((packet) => packet.type === "publish");
    const ids = held.map(({ packetId }) => packetId);
    assert.ok(ids.length >= 20, `only ${ids.length} deliveries at a time`);
    assert.ok(!ids.includes(0));
    assert.equal(new Set(ids).size, ids.length);
    await subscriber.cut();

    const resumed = await RawClient.connected(broker, 4, { clientId, cleanStart: false });
    for (const { packetId, payload } of held) {
      const again = await resumed.next("publish");
      assert.deepEqual([again.packetId, again.payload], [packetId, payload]);
    }
  },
);

statement("3.1.1", "MQTT-2.3.1-4", "after 65,535 deliveries the id of an unacknowledged one is left out", async () => {
  onlyAkasa("mosquitto 2.0.11 counts on without looking whether the id is in use");
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 4);
  const publisher = await RawClient.connected(broker, 4);
  await subscriber.subscribe("a", { qos: 1 });
  publisher.publish("a", "held", { qos: 1, packetId: 1 });
  const held = await subscriber.next("publish");
  // Below the smallest window of unacknowledged deliveries that brokers use.
  const batch = 15;
  const message = packets.publish({ version: 4, topic: "a", qos: 1, packetId: 1 });
  const burst = Buffer.concat(Array.from({ length: batch }, () => message));
  for (let sent = 0; sent < 65_600; sent += batch) {
    publisher.send(burst);
    for (let count = 0; count < batch; count += 1) {
      const { packetId } = await subscriber.next("publish");
      assert.notEqual(packetId, held.packetId);
      subscriber.send(packets.puback(packetId));
    }
    publisher.drain();
  }
});

statement("3.1.1", "MQTT-2.3.1-5", "a QoS 0 message carries no packet id", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  await client.subscribe("a/b", { qos: 2 });
  client.publish("a/b", "hello");
  const { raw } = await client.receive();
  assert.equal(raw[1], 2 + "a/b".length + "hello".length);
  assert.equal(raw.subarray(2).toString("latin1"), "\0\x03a/bhello");
});

statement("3.1.1", "MQTT-2.3.1-6", "PUBACK, PUBREC and PUBCOMP carry the id of the PUBLISH", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  client.publish("a", "", { qos: 1, packetId: 0x1234 });
  assert.equal((await client.next("puback")).raw.toString("hex"), "40021234");
  client.publish("a", "", { qos: 2, packetId: 0xffff });
  assert.equal((await client.next("pubrec")).raw.toString("hex"), "5002ffff");
  client.send(packets.pubrel(0xffff));
  assert.equal((await client.next("pubcomp")).raw.toString("hex"), "7002ffff");
});

statement("3.1.1", "MQTT-2.3.1-6", "PUBREL carries the id of the delivered PUBLISH", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 4);
  const publisher = await RawClient.connected(broker, 4);
  await subscriber.subscribe("a", { qos: 2 });
  await publisher.publishAcked("a", "1", { qos: 2 });
  await publisher.publishAcked("a", "2", { qos: 2 });
  const messages = [await subscriber.next("publish"), await subscriber.next("publish")];
  for (const { packetId } of messages.toReversed()) {
    subscriber.send(packets.pubrec(packetId));
    assert.equal((await subscriber.next("pubrel")).packetId, packetId);
  }
});

statement("3.1.1", "MQTT-2.3.1-7", "SUBACK and UNSUBACK carry the id of the request", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  client.send(packets.subscribe({ version: 4, packetId: 0xabcd, filters: [{ filter: "a" }] }));
  assert.equal((await client.next("suback")).raw.toString("hex"), "9003abcd00");
  client.send(packets.unsubscribe({ version: 4, packetId: 1, filters: ["a"] }));
  assert.equal((await client.next("unsuback")).raw.toString("hex"), "b0020001");
});
