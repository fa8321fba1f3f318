import assert from "node:assert/strict";
import { packets, prop, RawClient, startTestBroker, statement, type TestBroker } from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { receiveMany, texts } from "../receive-many.ts";

const count = 1000;
const numbers = Array.from({ length: count }, (_, index) => `${index}`);
/** Messages sent before the first is acknowledged: within any broker's Receive Maximum. */
const together = 20;

/** Publishes all the numbers to one topic, a few at a time without waiting in between. */
async function publishNumbers(publisher: RawClient, topic: string, qos: number): Promise<void> {
  for (let start = 0; start < count; start += together) {
    const ids = numbers.slice(start, start + together).map((text) => publisher.publish(topic, text, { qos }));
    if (qos === 0) await publisher.ping();
    if (qos === 1) for (const packetId of ids) await publisher.take("puback", { packetId });
    if (qos < 2) continue;
    for (const packetId of ids) await publisher.take("pubrec", { packetId });
    publisher.send(...ids.map((packetId) => packets.pubrel(packetId)));
    for (const packetId of ids) await publisher.take("pubcomp", { packetId });
  }
}

async function subscribed(broker: TestBroker): Promise<RawClient> {
  const subscriber = await RawClient.connected(broker, 5, lasting("ordered"));
  await subscriber.subscribe("order/#", { qos: 2 });
  return subscriber;
}

for (const qos of [0, 1, 2]) {
  statement("5.0", ["MQTT-4.6.0-5", "MQTT-4.6.0-6"], `${count} QoS ${qos} messages stay in order online`, async () => {
    await using broker = await startTestBroker();
    const subscriber = await subscribed(broker);
    const publisher = await RawClient.connected(broker, 5);
    const [messages] = await Promise.all([
      receiveMany(subscriber, count),
      publishNumbers(publisher, `order/${qos}`, qos),
    ]);
    assert.deepEqual(texts(messages), numbers);
  });
}

for (const qos of [1, 2]) {
  statement("5.0", "MQTT-4.6.0-5", `${count} QoS ${qos} messages stay in order in the offline queue`, async () => {
    await using broker = await startTestBroker();
    await (await subscribed(broker)).disconnect();
    const publisher = await RawClient.connected(broker, 5);
    await publishNumbers(publisher, `order/${qos}`, qos);
    const awake = await resumed(broker, "ordered");
    assert.deepEqual(texts(await receiveMany(awake, count)), numbers);
    await awake.expectNothing();
  });

  statement(
    "5.0",
    "MQTT-4.6.0-5",
    `QoS ${qos} messages stay in order over cuts and a small Receive Maximum`,
    async () => {
      await using broker = await startTestBroker();
      const subscriber = await subscribed(broker);
      const publisher = await RawClient.connected(broker, 5);
      await publishNumbers(publisher, `order/${qos}`, qos);
      const received = texts(await receiveMany(subscriber, 10));
      await subscriber.next("publish");
      await subscriber.cut();
      for (const share of [200, 790]) {
        const again = await resumed(broker, "ordered", { properties: [[prop.receiveMaximum, 3]] });
        received.push(...texts(await receiveMany(again, share)));
        await again.cut();
      }
      assert.deepEqual(received, numbers);
    },
  );
}

statement("5.0", "MQTT-4.6.0-5", "each publisher's messages stay in order beside the others'", async () => {
  await using broker = await startTestBroker();
  const subscriber = await subscribed(broker);
  const publishers = await Promise.all([0, 1, 2].map(() => RawClient.connected(broker, 5)));
  const [messages] = await Promise.all([
    receiveMany(subscriber, 3 * count),
    ...publishers.map((publisher, index) => publishNumbers(publisher, `order/${index}`, 1)),
  ]);
  for (const index of publishers.keys()) {
    assert.deepEqual(texts(messages.filter(({ topic }) => topic === `order/${index}`)), numbers);
  }
});
