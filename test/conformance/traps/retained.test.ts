import assert from "node:assert/strict";
import {
  onlyAkasa,
  prop,
  type PublishPacket,
  RawClient,
  settle,
  startTestBroker,
  type SubscribeOptions,
  type TestBroker,
  trap,
  type Version,
} from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { receiveMany, texts } from "../receive-many.ts";

const versions = [3, 4, 5] as const;
const names: Readonly<Record<Version, string>> = { 3: "MQTT 3.1", 4: "MQTT 3.1.1", 5: "MQTT 5.0" };

/** What a new subscriber gets of the topic; undefined when that is nothing. */
async function retainedOn(broker: TestBroker, topic: string, version: Version = 5): Promise<PublishPacket | undefined> {
  const client = await RawClient.connected(broker, version);
  await client.subscribe(topic, { qos: 2 });
  await settle(broker);
  await client.ping();
  const [message, ...others] = client.drain();
  assert.deepEqual(others, []);
  if (message === undefined) return undefined;
  assert.ok(message.type === "publish");
  await client.acknowledge(message);
  await client.disconnect();
  return message;
}

for (const version of versions) {
  const name = names[version];

  trap(`${name}: RETAIN is 1 on what a SUBSCRIBE brings and 0 on what comes live`, async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, version);
    const subscriber = await RawClient.connected(broker, version);
    await publisher.publishAcked("kept", "stored", { retain: true });
    await subscriber.subscribe("kept", { qos: 1 });
    const stored = await subscriber.receive();
    assert.deepEqual([stored.payload.toString(), stored.retain], ["stored", true]);
    await publisher.publishAcked("kept", "live", { retain: true });
    const live = await subscriber.receive();
    assert.deepEqual([live.payload.toString(), live.retain], ["live", false]);
    assert.equal((await retainedOn(broker, "kept", version))?.payload.toString(), "live");
  });

  trap(`${name}: an empty retained message deletes, is delivered live and is not stored`, async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, version);
    const subscriber = await RawClient.connected(broker, version);
    await publisher.publishAcked("kept", "stored", { qos: 2, retain: true });
    await subscriber.subscribe("kept", { qos: 2 });
    await subscriber.receive();
    for (const qos of [1, 2]) {
      await publisher.publishAcked("kept", "", { qos, retain: true });
      const live = await subscriber.receive();
      assert.deepEqual([live.payload.length, live.retain, live.qos], [0, false, qos]);
      assert.equal(await retainedOn(broker, "kept", version), undefined);
    }
    await subscriber.expectNothing();
  });

  trap(`${name}: an empty message without RETAIN deletes nothing`, async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, version);
    await publisher.publishAcked("kept", "stored", { retain: true });
    await publisher.publishAcked("kept", "");
    publisher.publish("kept", "");
    await publisher.ping();
    assert.equal((await retainedOn(broker, "kept", version))?.payload.toString(), "stored");
  });

  trap(`${name}: a retained QoS 0 message replaces an older one of higher QoS`, async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, version);
    for (const qos of [1, 2]) {
      await publisher.publishAcked("kept", `old ${qos}`, { qos, retain: true });
      publisher.publish("kept", `new ${qos}`, { retain: true });
      await publisher.ping();
      const message = await retainedOn(broker, "kept", version);
      assert.deepEqual([message?.payload.toString(), message?.qos], [`new ${qos}`, 0]);
    }
  });

  trap(`${name}: the same SUBSCRIBE again brings the retained messages again`, async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, version);
    const subscriber = await RawClient.connected(broker, version);
    await publisher.publishAcked("kept/1", "x", { retain: true });
    for (const qos of [1, 1, 0]) {
      await subscriber.subscribe("kept/+", { qos });
      const message = await subscriber.receive();
      assert.deepEqual([message.retain, message.qos], [true, qos]);
    }
    await settle(broker);
    await subscriber.expectNothing();
  });

  trap(`${name}: a retained message comes at the lower of its own and the granted QoS`, async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, version);
    publisher.publish("kept/0", "x", { retain: true });
    for (const qos of [1, 2]) await publisher.publishAcked(`kept/${qos}`, "x", { qos, retain: true });
    for (const granted of [0, 1, 2]) {
      const subscriber = await RawClient.connected(broker, version);
      await subscriber.subscribe("kept/+", { qos: granted });
      for (const { topic, qos } of await receiveMany(subscriber, 3)) {
        assert.equal(qos, Math.min(granted, Number(topic.at(-1))));
      }
    }
  });

  trap(`${name}: retained messages and retained wills stay when their publisher's session is gone`, async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, version, {
      will: { topic: "kept/will", payload: "gone", qos: 1, retain: true },
    });
    await publisher.publishAcked("kept/message", "said", { retain: true });
    await publisher.cut();
    await settle(broker);
    assert.equal((await retainedOn(broker, "kept/will", version))?.payload.toString(), "gone");
    assert.equal((await retainedOn(broker, "kept/message", version))?.payload.toString(), "said");
  });

  trap(`${name}: a shared subscription gets no retained messages`, async () => {
    onlyAkasa("mosquitto 2.0.11 sends them");
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, version);
    await publisher.publishAcked("kept", "x", { retain: true });
    const member = await RawClient.connected(broker, version);
    const handlings: SubscribeOptions[] =
      version === 5 ? [0, 1, 2].map((retainHandling) => ({ retainHandling })) : [{}];
    for (const options of handlings) await member.subscribe("$share/g/kept", { qos: 1, ...options });
    await settle(broker);
    await member.expectNothing();
    await publisher.publishAcked("kept", "live", { retain: true });
    const live = await member.receive();
    assert.deepEqual([live.payload.toString(), live.retain], ["live", false]);
  });
}

trap("to a resumed session a filter is not new: Retain Handling 1 brings nothing", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const subscriber = await RawClient.connected(broker, 5, lasting("s"));
  await subscriber.subscribe("kept", { qos: 1, retainHandling: 1 });
  await subscriber.disconnect();
  publisher.publish("kept", "x", { retain: true });
  await publisher.ping();
  const again = await resumed(broker, "s");
  await again.subscribe("kept", { qos: 1, retainHandling: 1 });
  await settle(broker);
  await again.expectNothing();
  await again.disconnect();
  const fresh = await RawClient.connected(broker, 5, { clientId: "s", cleanStart: true });
  await fresh.subscribe("kept", { qos: 1, retainHandling: 1 });
  assert.equal((await fresh.receive()).payload.toString(), "x");
});

trap("Retain Handling 1: another filter that matches the same topic is new", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked("kept", "x", { retain: true });
  const subscriber = await RawClient.connected(broker, 5);
  for (const filter of ["kept", "+", "#"]) {
    await subscriber.subscribe(filter, { qos: 1, retainHandling: 1 });
    assert.equal((await subscriber.receive()).retain, true);
  }
});

trap("with Retain As Published 0 a retained message still comes with RETAIN 1 at SUBSCRIBE", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked("kept", "x", { retain: true });
  const subscriber = await RawClient.connected(broker, 5);
  for (const retainAsPublished of [false, true]) {
    await subscriber.subscribe("kept", { qos: 1, retainAsPublished });
    assert.equal((await subscriber.receive()).retain, true);
  }
});

trap("a retained message has the identifier of the subscription that brought it", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked("kept", "x", { retain: true });
  const subscriber = await RawClient.connected(broker, 5);
  for (const [filter, identifier] of [
    ["kept", 1],
    ["+", 2],
  ] as const) {
    await subscriber.subscribe(filter, { qos: 1, properties: [[prop.subscriptionIdentifier, identifier]] });
    const { properties } = await subscriber.receive();
    assert.deepEqual(properties, [[prop.subscriptionIdentifier, identifier]]);
  }
});

trap("retained messages that wait for a full window come when the client returns", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const topics = Array.from({ length: 10 }, (_, index) => `kept/${index}`);
  for (const topic of topics) await publisher.publishAcked(topic, topic, { retain: true });
  const subscriber = await RawClient.connected(broker, 5, lasting("s", [[prop.receiveMaximum, 2]]));
  await subscriber.subscribe("kept/+", { qos: 1 });
  const received = texts(await receiveMany(subscriber, 1));
  await subscriber.cut();
  const again = await resumed(broker, "s");
  while (received.length < topics.length) received.push((await again.receive()).payload.toString());
  assert.deepEqual(received.toSorted(), topics);
  await again.expectNothing();
});

trap("10,000 retained messages all come, each once, while the subscriber's other packets are answered", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const count = 10_000;
  for (let number = 0; number < count; number += 1) publisher.publish(`many/${number}`, `${number}`, { retain: true });
  await publisher.ping();
  const subscriber = await RawClient.connected(broker, 5);
  await subscriber.subscribe("many/+");
  await subscriber.ping();
  const seen = new Set(texts(await receiveMany(subscriber, count)));
  assert.equal(seen.size, count);
  await settle(broker);
  await subscriber.expectNothing();
});
