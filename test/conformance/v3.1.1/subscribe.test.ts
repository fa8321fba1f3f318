import assert from "node:assert/strict";
import { fence, packets, RawClient, startTestBroker, statement } from "../../kit/mod.ts";
import { expectCutOff } from "./cut-off.ts";

const subscribe = (fields: Omit<Parameters<typeof packets.subscribe>[0], "version" | "packetId">): Buffer =>
  packets.subscribe({ version: 4, packetId: 1, ...fields });

statement("3.1.1", "MQTT-3.8.1-1", "a SUBSCRIBE with wrong flags closes the connection without SUBACK", async () => {
  await using broker = await startTestBroker();
  for (const firstByte of [0x80, 0x8a]) {
    await expectCutOff(broker, subscribe({ filters: [{ filter: "a" }], firstByte }));
  }
});

statement("3.1.1", "MQTT-3.8.3-1", "a SUBSCRIBE with a filter that is not UTF-8 closes the connection", async () => {
  await using broker = await startTestBroker();
  await expectCutOff(broker, subscribe({ filters: [{ filter: packets.raw("fffe") }] }));
});

statement("3.1.1", "MQTT-3.8.3-2", "filters with wildcards work", async () => {
  await using broker = await startTestBroker();
  for (const filter of ["a/+", "a/#"]) {
    const client = await RawClient.connected(broker, 4);
    assert.deepEqual((await client.subscribe(filter)).reasonCodes, [0]);
    client.publish("a/b", filter);
    assert.equal((await client.receive()).payload.toString(), filter);
  }
});

statement("3.1.1", "MQTT-3.8.3-2", "filters with wildcards are refused where they are switched off", async () => {
  await using broker = await startTestBroker({ wildcard_subscription_available: false });
  const client = await RawClient.connected(broker, 4);
  const { reasonCodes } = await client.subscribe([{ filter: "a/+" }, { filter: "a/b", qos: 1 }, { filter: "#" }]);
  assert.deepEqual(reasonCodes, [0x80, 1, 0x80]);
  client.publish("a/c", "x");
  await client.expectNothing();
});

statement("3.1.1", "MQTT-3.8.3-3", "a SUBSCRIBE without a filter closes the connection", async () => {
  await using broker = await startTestBroker();
  await expectCutOff(broker, subscribe({ filters: [] }));
});

statement("3.1.1", "MQTT-3.8.3-4", "a requested QoS of 3 or with reserved bits closes the connection", async () => {
  await using broker = await startTestBroker();
  for (const options of [0x03, 0x04, 0x80]) {
    await expectCutOff(broker, subscribe({ filters: [{ filter: "a", options }] }));
  }
});

statement(
  "3.1.1",
  ["MQTT-3.8.4-1", "MQTT-3.8.4-2"],
  "each SUBSCRIBE is answered by a SUBACK with its packet id",
  async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, 4);
    client.send(
      packets.subscribe({ version: 4, packetId: 7, filters: [{ filter: "a" }] }),
      packets.subscribe({ version: 4, packetId: 3, filters: [{ filter: "b" }] }),
    );
    assert.equal((await client.next("suback")).packetId, 7);
    assert.equal((await client.next("suback")).packetId, 3);
  },
);

statement("3.1.1", "MQTT-3.8.4-3", "subscribing again replaces the QoS and sends retained messages again", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("a", "retained", { qos: 2, retain: true });
  const client = await RawClient.connected(broker, 4);
  for (const qos of [2, 0]) {
    assert.deepEqual((await client.subscribe("a", { qos })).reasonCodes, [qos]);
    const message = await client.receive();
    assert.deepEqual([message.payload.toString(), message.retain, message.qos], ["retained", true, qos]);
  }
  await publisher.publishAcked("a", "live", { qos: 2 });
  const live = await client.receive();
  assert.deepEqual([live.payload.toString(), live.qos], ["live", 0]);
  await fence(publisher, client);
  await client.expectNothing();
});

statement("3.1.1", "MQTT-3.8.4-3", "subscribing again under load loses and doubles nothing", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  const publisher = await RawClient.connected(broker, 4);
  await client.subscribe("a", { qos: 1 });
  for (let number = 0; number < 300; number += 1) {
    publisher.publish("a", `${number}`, { qos: 1 });
    if (number % 10 === 0) {
      client.send(packets.subscribe({ version: 4, packetId: 100 + number, filters: [{ filter: "a", qos: 1 }] }));
    }
    const message = await client.takePublication("a");
    assert.equal(message.payload.toString(), `${number}`);
    client.send(packets.puback(message.packetId));
  }
  await fence(publisher, client);
  assert.ok(client.drain().every(({ type }) => type === "suback"));
});

statement("3.1.1", ["MQTT-3.8.4-4", "MQTT-3.8.4-5"], "one SUBSCRIBE with five filters works like five", async () => {
  await using broker = await startTestBroker();
  const topics = ["a", "b", "c", "d", "e"];
  const publisher = await RawClient.connected(broker, 4);
  for (const topic of topics) await publisher.publishAcked(topic, `retained ${topic}`, { retain: true });
  const client = await RawClient.connected(broker, 4);
  const { reasonCodes } = await client.subscribe(topics.map((filter) => ({ filter, qos: 1 })));
  assert.deepEqual(reasonCodes, [1, 1, 1, 1, 1]);
  const payloads: string[] = [];
  for (let count = 0; count < 5; count += 1) payloads.push((await client.receive()).payload.toString());
  assert.deepEqual(
    payloads.toSorted(),
    topics.map((topic) => `retained ${topic}`),
  );
  for (const topic of topics) {
    await publisher.publishAcked(topic, `live ${topic}`);
    assert.equal((await client.receive()).payload.toString(), `live ${topic}`);
  }
  await client.expectNothing();
});

statement(
  "3.1.1",
  ["MQTT-3.8.4-5", "MQTT-3.9.3-2"],
  "a forbidden filter is answered 0x80 beside granted ones",
  async () => {
    await using broker = await startTestBroker({ shared_subscription_available: false });
    const client = await RawClient.connected(broker, 4);
    const filters = [{ filter: "a", qos: 2 }, { filter: "$share/group/a", qos: 1 }, { filter: "b" }];
    assert.deepEqual((await client.subscribe(filters)).reasonCodes, [2, 0x80, 0]);
  },
);

statement("3.1.1", "MQTT-3.8.4-6", "a message is delivered at the lower of its and the granted QoS", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 4);
  for (const granted of [0, 1, 2]) {
    const subscriber = await RawClient.connected(broker, 4);
    assert.deepEqual((await subscriber.subscribe("a", { qos: granted })).reasonCodes, [granted]);
    for (const published of [0, 1, 2]) {
      if (published === 0) publisher.publish("a", "x");
      else await publisher.publishAcked("a", "x", { qos: published });
      assert.equal((await subscriber.receive()).qos, Math.min(granted, published));
    }
  }
});

statement("3.1.1", ["MQTT-3.9.3-1", "MQTT-3.9.3-2"], "the codes of SUBACK have the order of the filters", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  const filters = [
    { filter: "a", qos: 2 },
    { filter: "b", qos: 0 },
    { filter: "c", qos: 1 },
  ];
  assert.deepEqual((await client.subscribe(filters)).reasonCodes, [2, 0, 1]);
});
