import assert from "node:assert/strict";
import { onlyAkasa, prop, properties, RawClient, startTestBroker, type SubscribeOptions } from "../kit/mod.ts";
import { scenario } from "./scenario.ts";

const withIdentifier = { qos: 2, properties: [[prop.subscriptionIdentifier, 33]] } as const;

scenario("a message comes with the identifier of the subscription that brought it", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  assert.deepEqual((await client.subscribe("abc/0", withIdentifier)).reasonCodes, [2]);
  client.publish("abc/0", "data");
  assert.deepEqual(properties(await client.receive(), prop.subscriptionIdentifier), [33]);
});

const three = ["abc/0", "xyz/0", "ijk/0"].map((filter) => ({ filter, qos: 2 }));

/** A client with one subscription to everything, and three with an identifier in one SUBSCRIBE. */
async function overlapping(broker: Parameters<typeof RawClient.connected>[0]): Promise<RawClient> {
  const client = await RawClient.connected(broker, 5);
  await client.subscribe("#", { qos: 2 });
  const { reasonCodes } = await client.subscribe(three, { properties: withIdentifier.properties });
  assert.deepEqual(reasonCodes, [2, 2, 2]);
  return client;
}

scenario("all filters of one SUBSCRIBE have its identifier, and overlapping ones bring one copy", async () => {
  onlyAkasa("mosquitto sends a copy for each subscription");
  await using broker = await startTestBroker();
  const client = await overlapping(broker);
  for (const { filter } of three) {
    client.publish(filter, "data");
    const message = await client.receive();
    assert.deepEqual([message.topic, properties(message, prop.subscriptionIdentifier)], [filter, [33]]);
    await client.expectNothing();
  }
});

scenario("overlapping subscriptions bring a copy each where multiple_subscription_id_in_publish is off", async () => {
  await using broker = await startTestBroker({ multiple_subscription_id_in_publish: false });
  const client = await overlapping(broker);
  for (const { filter } of three) {
    client.publish(filter, "data");
    const copies = [await client.receive(), await client.receive()];
    const identifiers = copies.flatMap((message) => properties(message, prop.subscriptionIdentifier));
    assert.deepEqual([copies.map(({ topic }) => topic), identifiers], [[filter, filter], [33]]);
    await client.expectNothing();
  }
});

/** Retains a message, subscribes with these options, and returns how many messages came, each checked for RETAIN. */
async function retainedFor(options: SubscribeOptions, filter = "abc/0", times = 1): Promise<number[]> {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  client.publish("abc/0", "retained message", { retain: true });
  const counts: number[] = [];
  for (let time = 0; time < times; time += 1) {
    assert.deepEqual((await client.subscribe(filter, { qos: 2, ...options })).reasonCodes, [2]);
    await client.ping();
    const messages = client.drain();
    for (const message of messages) assert.ok(message.type === "publish" && message.retain, "RETAIN of a kept message");
    counts.push(messages.length);
  }
  return counts;
}

scenario("a shared subscription brings no retained messages", async () => {
  onlyAkasa("mosquitto 2.0.11 brings them");
  assert.deepEqual(await retainedFor({}, "$share/group/abc/0"), [0]);
});

scenario("retain handling 0 brings retained messages at every SUBSCRIBE", async () => {
  assert.deepEqual(await retainedFor({ retainHandling: 0 }, "abc/0", 2), [1, 1]);
});

scenario("retain handling 1 brings retained messages only when the subscription is new", async () => {
  assert.deepEqual(await retainedFor({ retainHandling: 1 }, "abc/0", 2), [1, 0]);
});

scenario("retain handling 2 brings no retained messages", async () => {
  assert.deepEqual(await retainedFor({ retainHandling: 2 }, "abc/0", 2), [0, 0]);
});

scenario("a kept message comes with RETAIN also where retain as published is off", async () => {
  assert.deepEqual(await retainedFor({ retainAsPublished: false }), [1]);
  assert.deepEqual(await retainedFor({ retainAsPublished: true }), [1]);
});

scenario("no local keeps a client's own live messages from it, also retained ones", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  await client.subscribe("abc/0", { qos: 2, noLocal: true });
  client.publish("abc/0", "message");
  client.publish("abc/0", "retained message", { retain: true });
  await client.expectNothing();
  const other = await RawClient.connected(broker, 5);
  other.publish("abc/0", "from somebody else");
  assert.equal((await client.receive()).payload.toString(), "from somebody else");
});

scenario("a client that retained a message and subscribes with no local later gets it at most once", async () => {
  // [MQTT-3.8.3-3] is about forwarding; whether a kept message counts as such the standard leaves open.
  const [count] = await retainedFor({ noLocal: true });
  assert.ok(count === 0 || count === 1, `${count} messages`);
});

scenario(
  "a live message comes without RETAIN where retain as published is off, and with it where it is on",
  async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, 5);
    for (const retainAsPublished of [false, true]) {
      const client = await RawClient.connected(broker, 5);
      await client.subscribe("abc/0", { qos: 2, retainAsPublished, retainHandling: 2 });
      publisher.publish("abc/0", "retained message", { retain: true });
      assert.equal((await client.receive()).retain, retainAsPublished);
      await client.expectNothing();
    }
  },
);
