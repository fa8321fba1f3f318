import assert from "node:assert/strict";
import { fence, lengthPrefixed, packets, RawClient, startTestBroker, statement } from "../../kit/mod.ts";
import { expectCutOff } from "./cut-off.ts";

statement("3.1.1", "MQTT-3.10.1-1", "an UNSUBSCRIBE with wrong flags closes the connection", async () => {
  await using broker = await startTestBroker();
  await expectCutOff(broker, packets.unsubscribe({ version: 4, packetId: 1, filters: ["a"], firstByte: 0xa0 }));
});

statement(
  "3.1.1",
  "MQTT-3.10.3-1",
  "an UNSUBSCRIBE with a filter not UTF-8 or cut off closes the connection",
  async () => {
    await using broker = await startTestBroker();
    await expectCutOff(broker, packets.unsubscribe({ version: 4, packetId: 1, filters: [packets.raw("fffe")] }));
    const truncated = Buffer.concat([packets.raw("0001"), lengthPrefixed("a"), packets.raw("0005 6162")]);
    await expectCutOff(broker, packets.frame(0xa2, truncated));
  },
);

statement("3.1.1", "MQTT-3.10.3-2", "an UNSUBSCRIBE without a filter closes the connection", async () => {
  await using broker = await startTestBroker();
  await expectCutOff(broker, packets.unsubscribe({ version: 4, packetId: 1, filters: [] }));
});

statement("3.1.1", "MQTT-3.10.4-1", "only the very same filter is removed", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  await client.subscribe("a/+");
  await client.subscribe("a/b");
  await client.unsubscribe("A/b", "a/c", "#", "a");
  client.publish("a/c", "by the wildcard");
  assert.equal((await client.receive()).payload.toString(), "by the wildcard");
  await client.unsubscribe("a/+");
  client.publish("a/c", "by nothing");
  client.publish("a/b", "by the plain filter");
  assert.equal((await client.receive()).payload.toString(), "by the plain filter");
  await client.expectNothing();
});

statement("3.1.1", "MQTT-3.10.4-2", "nothing more is delivered or kept after UNSUBACK", async () => {
  await using broker = await startTestBroker();
  const stored = { clientId: "stored", cleanStart: false } as const;
  const client = await RawClient.connected(broker, 4, stored);
  await client.subscribe("a", { qos: 1 });
  await client.unsubscribe("a");
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("a", "live");
  await fence(publisher, client);
  await client.expectNothing();
  await client.disconnect();
  await publisher.publishAcked("a", "offline");
  const again = await RawClient.connected(broker, 4, stored);
  await again.expectNothing();
});

statement("3.1.1", "MQTT-3.10.4-3", "a delivery that has begun is completed after UNSUBACK", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  await client.subscribe("a", { qos: 2 });
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("a", "begun", { qos: 2 });
  const { packetId } = await client.next("publish");
  await client.unsubscribe("a");
  client.send(packets.pubrec(packetId));
  assert.equal((await client.next("pubrel")).packetId, packetId);
  client.send(packets.pubcomp(packetId));
  await client.expectNothing();
});

statement(
  "3.1.1",
  "MQTT-3.10.4-3",
  "a delivery that has begun is sent again after UNSUBACK and a reconnect",
  async () => {
    await using broker = await startTestBroker();
    const stored = { clientId: "stored", cleanStart: false } as const;
    const client = await RawClient.connected(broker, 4, stored);
    await client.subscribe("a", { qos: 2 });
    const publisher = await RawClient.connected(broker, 4);
    await publisher.publishAcked("a", "one", { qos: 1 });
    await publisher.publishAcked("a", "two", { qos: 2 });
    await client.next("publish");
    await client.next("publish");
    await client.unsubscribe("a");
    await client.cut();
    const again = await RawClient.connected(broker, 4, stored);
    for (const payload of ["one", "two"]) {
      const message = await again.receive();
      assert.deepEqual([message.payload.toString(), message.dup], [payload, true]);
    }
  },
);

statement("3.1.1", "MQTT-3.10.4-4", "UNSUBSCRIBE is answered by UNSUBACK with its packet id", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  await client.subscribe("a");
  client.send(packets.unsubscribe({ version: 4, packetId: 0x0102, filters: ["a"] }));
  assert.equal((await client.next("unsuback")).raw.toString("hex"), "b0020102");
});

statement("3.1.1", "MQTT-3.10.4-5", "UNSUBSCRIBE from a filter that was never subscribed is answered too", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  await client.unsubscribe("never/seen");
  await client.expectNothing();
});

statement("3.1.1", "MQTT-3.10.4-6", "one UNSUBSCRIBE with three filters works like three", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  const topics = ["a", "b", "c"];
  await client.subscribe([...topics, "d"].map((filter) => ({ filter })));
  await client.unsubscribe(...topics);
  for (const topic of [...topics, "d"]) client.publish(topic, topic);
  assert.equal((await client.receive()).payload.toString(), "d");
  await client.expectNothing();
});
