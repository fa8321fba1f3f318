import assert from "node:assert/strict";
import {
  onlyAkasa,
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

/** A client that takes `maximum` messages at once and has a session, subscribed to flow/# at QoS 2. */
async function limited(broker: TestBroker, maximum: number): Promise<RawClient> {
  const subscriber = await RawClient.connected(broker, 5, lasting("limited", [[prop.receiveMaximum, maximum]]));
  await subscriber.subscribe("flow/#", { qos: 2 });
  return subscriber;
}

async function publishMany(broker: TestBroker, count: number, qos: number): Promise<void> {
  const publisher = await RawClient.connected(broker, 5);
  for (let number = 0; number < count; number += 1) await publisher.publishAcked(`flow/${qos}`, `${number}`, { qos });
}

/** The PUBLISH packets that have come, exactly `count`, when all that others did has had its effect. */
async function arrived(broker: TestBroker, subscriber: RawClient, count: number): Promise<PublishPacket[]> {
  await settle(broker);
  const messages: PublishPacket[] = [];
  while (messages.length < count) messages.push(await subscriber.next("publish"));
  await subscriber.expectNothing();
  return messages;
}

/** All that is not PUBLISH goes on although the client's window is full, and so does what it publishes itself. */
async function expectServed(subscriber: RawClient): Promise<void> {
  await subscriber.ping();
  assert.deepEqual((await subscriber.subscribe("flow/other", { qos: 1 })).reasonCodes, [1]);
  assert.deepEqual((await subscriber.unsubscribe("flow/other")).reasonCodes, [0]);
  assert.equal((await subscriber.publishAcked("elsewhere", "x", { qos: 1 })).type, "puback");
  assert.equal((await subscriber.publishAcked("elsewhere", "x", { qos: 2 })).type, "pubcomp");
  await subscriber.expectNothing();
}

statement(
  "5.0",
  "MQTT-3.3.4-7",
  "the broker takes as many unfinished messages as it announced, and ends at one more",
  async () => {
    onlyAkasa("mosquitto 2.0.11 answers one too many with PUBREC 0x97");
    await using broker = await startTestBroker();
    const publisher = await RawClient.open(broker, 5);
    const maximum = Number(property(await publisher.connect(), prop.receiveMaximum) ?? 65_535);
    const ids = Array.from({ length: maximum }, (_, index) => index + 1);
    for (const packetId of ids) publisher.publish("full", "x", { qos: 2, packetId });
    for (const packetId of ids) assert.ok((await publisher.take("pubrec", { packetId })).reasonCode < 0x80);
    publisher.send(packets.pubrel(1));
    await publisher.take("pubcomp", { packetId: 1 });
    publisher.publish("full", "x", { qos: 2, packetId: 1 });
    await publisher.take("pubrec", { packetId: 1 });
    await publisher.expectNothing();
    publisher.publish("full", "x", { qos: 2, packetId: maximum + 1 });
    await publisher.expectDisconnect(0x93);
  },
);

statement("5.0", "MQTT-3.3.4-7", "a configured Receive Maximum is announced and held", async () => {
  await using broker = await startTestBroker({ max_inflight_server: 2 });
  const publisher = await RawClient.open(broker, 5);
  assert.equal(property(await publisher.connect(), prop.receiveMaximum), 2);
  for (const packetId of [1, 2]) {
    publisher.publish("full", "x", { qos: 2, packetId });
    await publisher.next("pubrec");
  }
  // QoS 1 counts as well, and a repeat of an unfinished message does not count twice.
  publisher.publish("full", "x", { qos: 2, packetId: 2, dup: true });
  await publisher.next("pubrec");
  publisher.publish("full", "x", { qos: 1, packetId: 3 });
  await publisher.expectDisconnect(0x93);
});

statement(
  "5.0",
  "MQTT-3.3.4-9",
  "no more QoS 1 messages are on their way than the client's Receive Maximum",
  async () => {
    onlyAkasa("mosquitto 2.0.11 sends two new messages for one acknowledgement");
    await using broker = await startTestBroker();
    const subscriber = await limited(broker, 2);
    await publishMany(broker, 10, 1);
    const waiting = await arrived(broker, subscriber, 2);
    for (let number = 2; number < 10; number += 1) {
      const oldest = waiting.shift() as PublishPacket;
      subscriber.send(packets.puback(oldest.packetId));
      waiting.push(...(await arrived(broker, subscriber, 1)));
      assert.equal(waiting.at(-1)?.payload.toString(), `${number}`);
    }
  },
);

statement("5.0", "MQTT-3.3.4-9", "a QoS 2 message is on its way until PUBCOMP", async () => {
  onlyAkasa("mosquitto 2.0.11 sends two new messages for one acknowledgement");
  await using broker = await startTestBroker();
  const subscriber = await limited(broker, 2);
  await publishMany(broker, 10, 2);
  const waiting = await arrived(broker, subscriber, 2);
  for (let number = 2; number < 10; number += 1) {
    const { packetId } = waiting.shift() as PublishPacket;
    subscriber.send(packets.pubrec(packetId));
    await subscriber.next("pubrel");
    await arrived(broker, subscriber, 0);
    subscriber.send(packets.pubcomp(packetId));
    waiting.push(...(await arrived(broker, subscriber, 1)));
    assert.equal(waiting.at(-1)?.payload.toString(), `${number}`);
  }
});

statement(
  "5.0",
  ["MQTT-3.3.4-10", "MQTT-4.9.0-3"],
  "with a window full of QoS 1 messages the rest goes on",
  async () => {
    await using broker = await startTestBroker();
    const subscriber = await limited(broker, 1);
    await publishMany(broker, 3, 1);
    await arrived(broker, subscriber, 1);
    await expectServed(subscriber);
  },
);

statement(
  "5.0",
  ["MQTT-3.3.4-10", "MQTT-4.9.0-3"],
  "with a window full of QoS 2 messages the rest goes on",
  async () => {
    await using broker = await startTestBroker();
    const subscriber = await limited(broker, 1);
    await publishMany(broker, 3, 2);
    const [first] = await arrived(broker, subscriber, 1);
    await expectServed(subscriber);
    subscriber.send(packets.pubrec(first?.packetId ?? 0));
    await subscriber.next("pubrel");
    await expectServed(subscriber);
  },
);

statement("5.0", "MQTT-4.9.0-1", "with Receive Maximum 1 one message comes, the next after its PUBACK", async () => {
  await using broker = await startTestBroker();
  const subscriber = await limited(broker, 1);
  await publishMany(broker, 2, 1);
  const [first] = await arrived(broker, subscriber, 1);
  subscriber.send(packets.puback(first?.packetId ?? 0));
  const [second] = await arrived(broker, subscriber, 1);
  assert.deepEqual([first?.payload.toString(), second?.payload.toString()], ["0", "1"]);
});

statement("5.0", "MQTT-4.9.0-2", "every QoS 1 and 2 message uses quota, a QoS 0 message none", async () => {
  await using broker = await startTestBroker();
  const subscriber = await limited(broker, 3);
  // One publisher: order between several is not promised.
  const sender = await RawClient.connected(broker, 5);
  for (let number = 0; number < 10; number += 1) {
    const qos = 1 + (number % 2);
    await sender.publishAcked(`flow/${qos}`, `${number}`, { qos });
  }
  const first = await arrived(broker, subscriber, 3);
  assert.deepEqual(
    first.map(({ qos }) => qos),
    [1, 2, 1],
  );
  const publisher = await RawClient.connected(broker, 5);
  publisher.publish("flow/0", "free");
  await publisher.ping();
  const [free] = await arrived(broker, subscriber, 1);
  assert.equal(free?.qos, 0);
});

statement("5.0", "MQTT-4.9.0-2", "what is sent again on resume uses quota too", async () => {
  await using broker = await startTestBroker();
  const subscriber = await limited(broker, 3);
  await publishMany(broker, 10, 1);
  const first = await arrived(broker, subscriber, 3);
  await subscriber.cut();
  const again = await resumed(broker, "limited", { properties: [[prop.receiveMaximum, 3]] });
  const repeats = await arrived(broker, again, 3);
  assert.deepEqual(
    repeats.map(({ packetId, dup }) => [packetId, dup]),
    first.map(({ packetId }) => [packetId, true]),
  );
});

statement(
  "5.0",
  ["MQTT-3.3.4-9", "MQTT-4.9.0-2"],
  "a smaller Receive Maximum on resume holds for what is sent again",
  async () => {
    onlyAkasa("mosquitto 2.0.11 sends all of it at once");
    await using broker = await startTestBroker();
    const subscriber = await limited(broker, 5);
    await publishMany(broker, 3, 1);
    await arrived(broker, subscriber, 3);
    await publishMany(broker, 3, 2);
    await arrived(broker, subscriber, 2);
    await subscriber.cut();
    const again = await resumed(broker, "limited", { properties: [[prop.receiveMaximum, 2]] });
    const order: string[] = [];
    const waiting = await arrived(broker, again, 2);
    while (waiting.length > 0) {
      const message = waiting.shift() as PublishPacket;
      order.push(`${message.qos}:${message.payload}`);
      await again.acknowledge(message);
      waiting.push(...(await arrived(broker, again, order.length <= 4 ? 1 : 0)));
    }
    assert.deepEqual(order, ["1:0", "1:1", "1:2", "2:0", "2:1", "2:2"]);
  },
);
