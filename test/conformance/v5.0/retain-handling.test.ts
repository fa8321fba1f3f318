import assert from "node:assert/strict";
import { packets, RawClient, settle, startTestBroker, statement, type TestBroker } from "../../kit/mod.ts";
import { receiveMany } from "../receive-many.ts";

/** Two retained messages under kept/. */
async function retainTwo(broker: TestBroker): Promise<RawClient> {
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked("kept/1", "one", { retain: true });
  await publisher.publishAcked("kept/2", "two", { retain: true });
  return publisher;
}

/** Both retained messages come, in any order, and nothing else. */
async function expectBoth(broker: TestBroker, subscriber: RawClient): Promise<void> {
  const messages = await receiveMany(subscriber, 2);
  assert.deepEqual(messages.map(({ topic }) => topic).toSorted(), ["kept/1", "kept/2"]);
  for (const { retain } of messages) assert.equal(retain, true);
  await expectNone(broker, subscriber);
}

async function expectNone(broker: TestBroker, subscriber: RawClient): Promise<void> {
  await settle(broker);
  await subscriber.expectNothing();
}

statement("5.0", "MQTT-3.3.1-9", "Retain Handling 0 sends the retained messages at every SUBSCRIBE", async () => {
  await using broker = await startTestBroker();
  await retainTwo(broker);
  const subscriber = await RawClient.connected(broker, 5);
  for (let round = 0; round < 2; round += 1) {
    await subscriber.subscribe("kept/+", { qos: 1, retainHandling: 0 });
    await expectBoth(broker, subscriber);
  }
});

statement(
  "5.0",
  "MQTT-3.3.1-10",
  "Retain Handling 1 sends the retained messages to a new subscription only",
  async () => {
    await using broker = await startTestBroker();
    await retainTwo(broker);
    const subscriber = await RawClient.connected(broker, 5);
    await subscriber.subscribe("kept/+", { qos: 1, retainHandling: 1 });
    await expectBoth(broker, subscriber);
    await subscriber.subscribe("kept/+", { qos: 2, retainHandling: 1 });
    await expectNone(broker, subscriber);
    await subscriber.unsubscribe("kept/+");
    await subscriber.subscribe("kept/+", { qos: 1, retainHandling: 1 });
    await expectBoth(broker, subscriber);
  },
);

statement("5.0", "MQTT-3.3.1-11", "Retain Handling 2 sends no retained messages, but live ones", async () => {
  await using broker = await startTestBroker();
  const publisher = await retainTwo(broker);
  const subscriber = await RawClient.connected(broker, 5);
  await subscriber.subscribe("kept/+", { qos: 1, retainHandling: 2 });
  await expectNone(broker, subscriber);
  await publisher.publishAcked("kept/1", "live", { retain: true });
  const message = await subscriber.receive();
  assert.deepEqual([message.payload.toString(), message.retain], ["live", false]);
  await expectNone(broker, subscriber);
});

statement("5.0", "MQTT-3.3.1-11", "Retain Handling 3 ends the connection with 0x82 or 0x81", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 5);
  subscriber.send(packets.subscribe({ version: 5, packetId: 1, filters: [{ filter: "kept/+", retainHandling: 3 }] }));
  await subscriber.expectDisconnect(0x82, 0x81);
});
