import assert from "node:assert/strict";
import { RawClient, startTestBroker, statement, type TestBroker } from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { receiveMany } from "../receive-many.ts";

/** Publishes at each QoS with RETAIN 1, then 0. */
async function publishFlagged(broker: TestBroker, lowestQos: number): Promise<void> {
  const publisher = await RawClient.connected(broker, 5);
  for (let qos = lowestQos; qos <= 2; qos += 1) {
    for (const retain of [true, false]) {
      if (qos === 0) publisher.publish("flag", `${retain}`, { retain });
      else await publisher.publishAcked("flag", `${retain}`, { qos, retain });
    }
  }
}

statement("5.0", "MQTT-3.3.1-12", "without Retain As Published live messages come with RETAIN 0", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 5);
  await subscriber.subscribe("flag", { qos: 2, retainAsPublished: false });
  await publishFlagged(broker, 0);
  for (const { firstByte } of await receiveMany(subscriber, 6)) assert.equal(firstByte & 1, 0);
});

statement(
  "5.0",
  "MQTT-3.3.1-13",
  "with Retain As Published live messages come with RETAIN as it was sent",
  async () => {
    await using broker = await startTestBroker();
    const subscriber = await RawClient.connected(broker, 5);
    await subscriber.subscribe("flag", { qos: 2, retainAsPublished: true });
    await publishFlagged(broker, 0);
    for (const { retain, payload } of await receiveMany(subscriber, 6)) assert.equal(`${retain}`, payload.toString());
  },
);

statement(
  "5.0",
  "MQTT-3.3.1-13",
  "with Retain As Published the offline queue keeps RETAIN as it was sent",
  async () => {
    await using broker = await startTestBroker();
    const subscriber = await RawClient.connected(broker, 5, lasting("flagged"));
    await subscriber.subscribe("flag", { qos: 2, retainAsPublished: true });
    await subscriber.disconnect();
    await publishFlagged(broker, 1);
    const awake = await resumed(broker, "flagged");
    for (const { retain, payload } of await receiveMany(awake, 4)) assert.equal(`${retain}`, payload.toString());
    await awake.expectNothing();
  },
);
