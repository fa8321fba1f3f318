import assert from "node:assert/strict";
import { packets, RawClient, startTestBroker, statement, type TestBroker } from "../../kit/mod.ts";

const stored = { clientId: "stored", cleanStart: false } as const;
const numbersTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

statement("3.1.1", "MQTT-4.6.0-1", "what is sent again keeps its order and comes before newer messages", async () => {
  await using broker = await startTestBroker();
  const first = await RawClient.connected(broker, 4, stored);
  await first.subscribe("a", { qos: 2 });
  const publisher = await RawClient.connected(broker, 4);
  const sent: string[] = [];
  for (const number of numbersTo(20)) {
    await publisher.publishAcked("a", `${number}`, { qos: 1 + (number % 2) });
    const { payload } = await first.next("publish");
    sent.push(payload.toString());
  }
  await first.cut();
  for (const number of numbersTo(5)) await publisher.publishAcked("a", `newer ${number}`, { qos: 1 });
  const second = await RawClient.connected(broker, 4, stored);
  for (const payload of sent) {
    const again = await second.receive();
    assert.deepEqual([again.payload.toString(), again.dup], [payload, true]);
  }
  for (const number of numbersTo(5)) {
    const newer = await second.receive();
    assert.deepEqual([newer.payload.toString(), newer.dup], [`newer ${number}`, false]);
  }
});

statement("3.1.1", "MQTT-4.6.0-2", "PUBACKs come in the order of the messages", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  const ids = numbersTo(50).toReversed();
  client.send(...ids.map((packetId) => packets.publish({ version: 4, topic: "a", qos: 1, packetId })));
  for (const packetId of ids) assert.equal((await client.next("puback")).packetId, packetId);
});

statement("3.1.1", "MQTT-4.6.0-3", "PUBRECs come in the order of the messages", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  const ids = numbersTo(50).toReversed();
  client.send(...ids.map((packetId) => packets.publish({ version: 4, topic: "a", qos: 2, packetId })));
  const received: number[] = [];
  // A broker may hold a PUBREC back until earlier messages are complete, so each is completed as soon as it can be.
  while (received.length < ids.length) {
    const packet = await client.next();
    if (packet.type === "pubcomp") continue;
    assert.equal(packet.type, "pubrec");
    received.push(packet.packetId);
    client.send(packets.pubrel(packet.packetId));
  }
  assert.deepEqual(received, ids);
});

statement("3.1.1", "MQTT-4.6.0-4", "PUBRELs come in the order of the PUBRECs", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  await client.subscribe("a", { qos: 2 });
  const publisher = await RawClient.connected(broker, 4);
  const ids: number[] = [];
  for (const number of numbersTo(3)) {
    await publisher.publishAcked("a", `${number}`, { qos: 2 });
    ids.push((await client.next("publish")).packetId);
  }
  const [one, two, three] = ids as [number, number, number];
  const order = [three, one, two];
  client.send(...order.map((packetId) => packets.pubrec(packetId)));
  for (const packetId of order) assert.equal((await client.next("pubrel")).packetId, packetId);
});

/** Publishes `count` numbered messages, at QoS 1 and 2 twenty at a time: mosquitto loses the order above that. */
async function publishNumbers(publisher: RawClient, count: number, qos: number): Promise<void> {
  const underWay: Promise<unknown>[] = [];
  for (const number of numbersTo(count)) {
    if (qos === 0) publisher.publish("any/topic", `${number}`);
    else underWay.push(publisher.publishAcked("any/topic", `${number}`, { qos }));
    if (underWay.length === 20) await Promise.all(underWay.splice(0));
  }
  await Promise.all(underWay);
}

async function expectNumbers(subscriber: RawClient, count: number): Promise<void> {
  for (const number of numbersTo(count)) assert.equal((await subscriber.receive()).payload.toString(), `${number}`);
}

async function subscribers(broker: TestBroker, qos: number): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  for (const filter of ["any/topic", "any/+", "#"]) {
    const client = await RawClient.connected(broker, 4);
    await client.subscribe(filter, { qos });
    clients.push(client);
  }
  return clients;
}

statement(
  "3.1.1",
  ["MQTT-4.6.0-5", "MQTT-4.6.0-6"],
  "every subscriber gets a publisher's messages in order",
  async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, 4);
    for (const qos of [0, 1, 2]) {
      const clients = await subscribers(broker, qos);
      const all = clients.map((client) => expectNumbers(client, 1000));
      await Promise.all([publishNumbers(publisher, 1000, qos), ...all]);
      for (const client of clients) await client.disconnect();
    }
  },
);

statement("3.1.1", ["MQTT-4.6.0-5", "MQTT-4.6.0-6"], "messages that waited for a session come in order", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 4);
  for (const qos of [1, 2]) {
    const session = { clientId: `away${qos}`, cleanStart: false };
    const before = await RawClient.connected(broker, 4, session);
    await before.subscribe("any/topic", { qos });
    await before.disconnect();
    await publishNumbers(publisher, 1000, qos);
    const after = await RawClient.connected(broker, 4, session);
    await expectNumbers(after, 1000);
    await after.unsubscribe("any/topic");
  }
});
