import assert from "node:assert/strict";
import { packets, RawClient, settle, startTestBroker, statement } from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";

statement(
  "5.0",
  "MQTT-4.3.1-1",
  "a QoS 0 message goes out once, with QoS 0 and DUP 0, and not again on resume",
  async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, 5);
    const subscriber = await RawClient.connected(broker, 5, lasting("zero"));
    await subscriber.subscribe("zero", { qos: 2, retainAsPublished: true });
    publisher.publish("zero", "x");
    assert.equal((await subscriber.next("publish")).firstByte, 0x30);
    publisher.publish("zero", "x", { retain: true });
    assert.equal((await subscriber.next("publish")).firstByte, 0x31);
    await subscriber.cut();
    const again = await resumed(broker, "zero");
    await settle(broker);
    await again.expectNothing();
  },
);

statement(
  "5.0",
  "MQTT-4.4.0-1",
  "on a live connection nothing is sent again, however long an answer takes",
  async () => {
    await using broker = await startTestBroker({}, { manualClock: true });
    const publisher = await RawClient.connected(broker, 5);
    const subscriber = await RawClient.connected(broker, 5, lasting("slow"));
    await subscriber.subscribe("slow", { qos: 2 });
    for (const qos of [1, 2, 2]) await publisher.publishAcked("slow", "x", { qos });
    await subscriber.next("publish");
    await subscriber.next("publish");
    const { packetId } = await subscriber.next("publish");
    subscriber.send(packets.pubrec(packetId));
    await subscriber.next("pubrel");
    for (const milliseconds of [5000, 30_000, 3_600_000]) {
      await broker.advance(milliseconds);
      await settle(broker);
      await subscriber.expectNothing();
    }
  },
);

statement(
  "5.0",
  "MQTT-4.4.0-1",
  "on resume PUBLISH and PUBREL are sent again once, with their ids and in order",
  async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, 5);
    const subscriber = await RawClient.connected(broker, 5, lasting("slow"));
    await subscriber.subscribe("slow/#", { qos: 2 });
    for (const qos of [1, 2, 2, 1]) await publisher.publishAcked(`slow/${qos}`, "x", { qos });
    const first = [];
    for (let count = 0; count < 4; count += 1) first.push(await subscriber.next("publish"));
    const [one, two, three, four] = first.map(({ packetId }) => packetId);
    subscriber.send(packets.pubrec(two ?? 0));
    await subscriber.next("pubrel");
    await subscriber.cut();
    const again = await resumed(broker, "slow");
    const repeats = [];
    for (let count = 0; count < 4; count += 1) repeats.push(await again.next());
    const publications = repeats.filter((packet) => packet.type === "publish");
    assert.deepEqual(
      publications.map(({ packetId, qos, dup }) => [packetId, qos, dup]),
      [
        [one, 1, true],
        [three, 2, true],
        [four, 1, true],
      ],
    );
    const released = repeats.flatMap((packet) => (packet.type === "pubrel" ? [packet.packetId] : []));
    assert.deepEqual(released, [two]);
    await settle(broker);
    await again.expectNothing();
  },
);

statement("5.0", "MQTT-4.4.0-1", "a new session does not get what the old one left open", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const subscriber = await RawClient.connected(broker, 5, lasting("slow"));
  await subscriber.subscribe("slow", { qos: 2 });
  for (const qos of [1, 2]) await publisher.publishAcked("slow", "x", { qos });
  await subscriber.next("publish");
  await subscriber.next("publish");
  await subscriber.cut();
  const fresh = await RawClient.connected(broker, 5, { clientId: "slow", cleanStart: true });
  await settle(broker);
  await fresh.expectNothing();
});

statement("5.0", "MQTT-4.4.0-2", "a message that its receiver refused is not sent again", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const subscriber = await RawClient.connected(broker, 5, lasting("no"));
  await subscriber.subscribe("no", { qos: 2 });
  for (const qos of [1, 2]) await publisher.publishAcked("no", "x", { qos });
  subscriber.send(packets.puback((await subscriber.next("publish")).packetId, { reasonCode: 0x80 }));
  subscriber.send(packets.pubrec((await subscriber.next("publish")).packetId, { reasonCode: 0x97 }));
  await subscriber.expectNothing();
  await subscriber.cut();
  const again = await resumed(broker, "no");
  await settle(broker);
  await again.expectNothing();
});

statement("5.0", "MQTT-4.5.0-1", "an accepted message goes to every matching session, online or not", async () => {
  await using broker = await startTestBroker();
  const filters = ["all/+", "all/#", "all/a", "#", "+/a"];
  const online = [];
  for (const filter of filters) {
    const client = await RawClient.connected(broker, 5);
    await client.subscribe(filter, { qos: 1 });
    online.push(client);
    const sleeper = await RawClient.connected(broker, 5, lasting(filter));
    await sleeper.subscribe(filter, { qos: 2 });
    await sleeper.disconnect();
  }
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked("all/a", "for all");
  for (const client of online) assert.equal((await client.receive()).payload.toString(), "for all");
  for (const filter of filters) {
    const awake = await resumed(broker, filter);
    assert.equal((await awake.receive()).payload.toString(), "for all");
    await awake.expectNothing();
  }
});
