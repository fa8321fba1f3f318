import assert from "node:assert/strict";
import {
  onlyAkasa,
  packets,
  type PublishPacket,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { receiveMany, texts } from "../receive-many.ts";

interface Pair {
  readonly publisher: RawClient;
  readonly subscriber: RawClient;
}

/** A publisher and a subscriber of two/# at QoS 2, both with sessions. */
async function pair(broker: TestBroker): Promise<Pair> {
  const publisher = await RawClient.connected(broker, 5, lasting("publisher"));
  const subscriber = await RawClient.connected(broker, 5, lasting("subscriber"));
  await subscriber.subscribe("two/#", { qos: 2 });
  return { publisher, subscriber };
}

/** A pair with one message that the subscriber has received and not answered. */
async function underWay(broker: TestBroker): Promise<Pair & { message: PublishPacket }> {
  const both = await pair(broker);
  await both.publisher.publishAcked("two/a", "x", { qos: 2 });
  return { ...both, message: await both.subscriber.next("publish") };
}

/** Sends PUBREL and wants PUBCOMP 0x00. */
async function release(publisher: RawClient, packetId: number): Promise<void> {
  publisher.send(packets.pubrel(packetId));
  assert.equal((await publisher.take("pubcomp", { packetId })).reasonCode, 0);
}

statement("5.0", "MQTT-4.3.3-1", "every unfinished QoS 2 message has an id of its own until PUBCOMP", async () => {
  await using broker = await startTestBroker();
  const { publisher, subscriber } = await pair(broker);
  const ids = new Set<number>();
  for (let number = 0; number < 10; number += 1) {
    await publisher.publishAcked("two/a", `${number}`, { qos: 2 });
    ids.add((await subscriber.next("publish")).packetId);
  }
  assert.equal(ids.size, 10);
  assert.ok(!ids.has(0));
  // Released, but not complete: still taken.
  for (const packetId of ids) {
    subscriber.send(packets.pubrec(packetId));
    await subscriber.take("pubrel", { packetId });
  }
  for (let number = 0; number < 5; number += 1) {
    await publisher.publishAcked("two/a", "later", { qos: 2 });
    const { packetId } = await subscriber.receive();
    assert.ok(packetId !== 0 && !ids.has(packetId));
  }
});

statement("5.0", "MQTT-4.3.3-2", "a QoS 2 message goes out first with an id and DUP 0", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const subscriber = await RawClient.connected(broker, 5);
  await subscriber.subscribe("two", { qos: 2, retainAsPublished: true });
  for (const retain of [false, true]) {
    await publisher.publishAcked("two", "x", { qos: 2, retain });
    const { firstByte, packetId } = await subscriber.receive();
    assert.equal(firstByte, retain ? 0x35 : 0x34);
    assert.notEqual(packetId, 0);
  }
});

statement("5.0", "MQTT-4.3.3-3", "without PUBREC the PUBLISH is sent again on resume", async () => {
  await using broker = await startTestBroker();
  const { subscriber, message } = await underWay(broker);
  await subscriber.cut();
  const again = await resumed(broker, "subscriber");
  const repeat = await again.receive();
  assert.deepEqual([repeat.packetId, repeat.dup, repeat.payload.toString()], [message.packetId, true, "x"]);
  await again.expectNothing();
});

statement("5.0", "MQTT-4.3.3-4", "PUBREC is answered by PUBREL with the same id", async () => {
  await using broker = await startTestBroker();
  const { publisher, subscriber, message } = await underWay(broker);
  subscriber.send(packets.pubrec(message.packetId));
  const pubrel = await subscriber.next("pubrel");
  assert.deepEqual([pubrel.packetId, pubrel.reasonCode], [message.packetId, 0]);
  // 0x10 No matching subscribers is no failure either.
  await publisher.publishAcked("two/a", "y", { qos: 2 });
  const { packetId } = await subscriber.next("publish");
  subscriber.send(packets.pubrec(packetId, { reasonCode: 0x10 }));
  assert.equal((await subscriber.next("pubrel")).packetId, packetId);
});

statement(
  "5.0",
  "MQTT-4.3.3-4",
  "PUBREC with a failure ends the exchange without PUBREL, and its id is free",
  async () => {
    onlyAkasa("mosquitto 2.0.11 says 0x00 to a PUBREC of no message");
    await using broker = await startTestBroker();
    const { subscriber, message } = await underWay(broker);
    subscriber.send(packets.pubrec(message.packetId, { reasonCode: 0x80 }));
    await subscriber.expectNothing();
    // Free means: nothing is known of it any more.
    subscriber.send(packets.pubrec(message.packetId));
    assert.equal((await subscriber.next("pubrel")).reasonCode, 0x92);
    await subscriber.cut();
    await (await resumed(broker, "subscriber")).expectNothing();
  },
);

statement(
  "5.0",
  ["MQTT-4.3.3-5", "MQTT-4.3.3-6"],
  "after PUBREC only the PUBREL is sent again on resume, until PUBCOMP",
  async () => {
    await using broker = await startTestBroker();
    const { subscriber, message } = await underWay(broker);
    subscriber.send(packets.pubrec(message.packetId));
    await subscriber.next("pubrel");
    await subscriber.cut();
    const again = await resumed(broker, "subscriber");
    assert.equal((await again.next("pubrel")).packetId, message.packetId);
    await again.expectNothing();
    again.send(packets.pubcomp(message.packetId));
    await again.ping();
    await again.cut();
    const third = await resumed(broker, "subscriber");
    await settle(broker);
    await third.expectNothing();
  },
);

statement("5.0", "MQTT-4.3.3-8", "PUBREC has the id of its message", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  for (const packetId of [9, 65_535, 1]) {
    publisher.publish("two", "x", { qos: 2, packetId });
    assert.equal((await publisher.next("pubrec")).packetId, packetId);
  }
  await publisher.expectNothing();
});

statement("5.0", "MQTT-4.3.3-8", "a message answered by PUBREC reaches a subscriber who was away", async () => {
  await using broker = await startTestBroker();
  const { publisher, subscriber } = await pair(broker);
  await subscriber.disconnect();
  publisher.publish("two/a", "kept for you", { qos: 2, packetId: 9 });
  await publisher.next("pubrec");
  publisher.reset();
  const back = await resumed(broker, "publisher");
  await release(back, 9);
  const awake = await resumed(broker, "subscriber");
  assert.equal((await awake.receive()).payload.toString(), "kept for you");
  await awake.expectNothing();
});

statement("5.0", "MQTT-4.3.3-9", "after a PUBREC that refused, the same id is a new message", async () => {
  await using broker = await startTestBroker({ max_retained_messages: 0 });
  const { publisher, subscriber } = await pair(broker);
  publisher.publish("two/a", "refused", { qos: 2, packetId: 9, retain: true });
  assert.equal((await publisher.next("pubrec")).reasonCode, 0x97);
  publisher.publish("two/a", "taken", { qos: 2, packetId: 9 });
  assert.equal((await publisher.next("pubrec")).reasonCode, 0x00);
  await release(publisher, 9);
  assert.equal((await subscriber.receive()).payload.toString(), "taken");
  await subscriber.expectNothing();
});

for (const dup of [false, true]) {
  statement(
    "5.0",
    "MQTT-4.3.3-10",
    `a repeat with DUP ${dup ? 1 : 0} before PUBREL is not delivered twice`,
    async () => {
      onlyAkasa("mosquitto 2.0.11 ends the connection at the second repeat");
      await using broker = await startTestBroker();
      const { publisher, subscriber } = await pair(broker);
      for (const again of [false, true, true]) {
        publisher.publish("two/a", "x", { qos: 2, packetId: 9, dup: again && dup });
        const { packetId, reasonCode } = await publisher.next("pubrec");
        assert.equal(packetId, 9);
        assert.ok(reasonCode < 0x80);
      }
      await release(publisher, 9);
      assert.equal((await subscriber.receive()).payload.toString(), "x");
      await settle(broker);
      await subscriber.expectNothing();
    },
  );
}

statement("5.0", "MQTT-4.3.3-10", "a repeat on a resumed connection is not delivered twice", async () => {
  await using broker = await startTestBroker();
  const { publisher, subscriber } = await pair(broker);
  publisher.publish("two/a", "x", { qos: 2, packetId: 9 });
  await publisher.next("pubrec");
  await publisher.cut();
  const back = await resumed(broker, "publisher");
  back.publish("two/a", "x", { qos: 2, packetId: 9, dup: true });
  assert.equal((await back.next("pubrec")).packetId, 9);
  await release(back, 9);
  assert.equal((await subscriber.receive()).payload.toString(), "x");
  await settle(broker);
  await subscriber.expectNothing();
});

statement("5.0", "MQTT-4.3.3-11", "PUBREL is answered by PUBCOMP with the same id, every time", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  publisher.publish("two/a", "x", { qos: 2, packetId: 9 });
  await publisher.next("pubrec");
  await release(publisher, 9);
  publisher.send(packets.pubrel(9));
  const repeated = await publisher.next("pubcomp");
  assert.equal(repeated.packetId, 9);
  assert.ok([0x00, 0x92].includes(repeated.reasonCode));
});

statement("5.0", "MQTT-4.3.3-12", "after PUBCOMP the same id is a new message", async () => {
  await using broker = await startTestBroker();
  const { publisher, subscriber } = await pair(broker);
  for (const [text, dup] of [
    ["first", false],
    ["second", false],
    ["third", true],
  ] as const) {
    publisher.publish("two/a", text, { qos: 2, packetId: 9, dup });
    await publisher.next("pubrec");
    await release(publisher, 9);
  }
  assert.deepEqual(texts(await receiveMany(subscriber, 3)), ["first", "second", "third"]);
  await subscriber.expectNothing();
});
