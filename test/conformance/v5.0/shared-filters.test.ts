import assert from "node:assert/strict";
import { onlyAkasa, packets, RawClient, settle, startTestBroker, statement, type TestBroker } from "../../kit/mod.ts";

async function member(broker: TestBroker, filter: string, qos = 1): Promise<RawClient> {
  const client = await RawClient.connected(broker, 5);
  assert.deepEqual((await client.subscribe(filter, { qos })).reasonCodes, [qos], filter);
  return client;
}

/** How many copies each client got of one message to that topic; each copy is answered. */
async function copies(broker: TestBroker, topic: string, clients: readonly RawClient[]): Promise<number[]> {
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked(topic, "x");
  await settle(broker);
  const counts: number[] = [];
  for (const client of clients) {
    await client.ping();
    const messages = client.drain().filter((packet) => packet.type === "publish");
    for (const message of messages) await client.acknowledge(message);
    counts.push(messages.length);
  }
  return counts;
}

async function expectRefused(broker: TestBroker, filter: string): Promise<void> {
  const client = await RawClient.connected(broker, 5);
  client.send(packets.subscribe({ version: 5, packetId: 1, filters: [{ filter }] }));
  const answer = await client.next();
  if (answer.type === "suback") return assert.deepEqual(answer.reasonCodes, [0x8f], filter);
  assert.ok(answer.type === "disconnect" && [0x81, 0x82, 0x8f].includes(answer.reasonCode), filter);
  assert.deepEqual(await client.expectClosed(), []);
}

statement("5.0", "MQTT-4.8.2-1", "the members of $share/name/filter share each message", async () => {
  await using broker = await startTestBroker();
  const members = [await member(broker, "$share/g/t"), await member(broker, "$share/g/t")];
  for (let number = 0; number < 10; number += 1) {
    const counts = await copies(broker, "t", members);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      1,
    );
  }
});

statement("5.0", "MQTT-4.8.2-1", "groups of other names or filters share nothing with each other", async () => {
  await using broker = await startTestBroker();
  const clients = [
    await member(broker, "$share/g/t"),
    await member(broker, "$share/G/t"),
    await member(broker, "$share/g/+"),
    await member(broker, "t"),
  ];
  assert.deepEqual(await copies(broker, "t", clients), [1, 1, 1, 1]);
});

statement("5.0", "MQTT-4.8.2-1", "what only resembles $share/ is an ordinary filter", async () => {
  onlyAkasa("mosquitto 2.0.11 delivers nothing to $sharex/g/t");
  await using broker = await startTestBroker();
  for (const filter of ["$sharex/g/t", "$Share/g/t", "share/g/t", "/$share/g/t"]) {
    const clients = [await member(broker, filter), await member(broker, filter)];
    assert.deepEqual(await copies(broker, filter, clients), [1, 1], filter);
    assert.deepEqual(await copies(broker, "t", clients), [0, 0], filter);
  }
});

statement("5.0", "MQTT-4.8.2-1", "an empty share name is refused", async () => {
  onlyAkasa("mosquitto 2.0.11 grants it");
  await using broker = await startTestBroker();
  for (const filter of ["$share//t", "$share//", "$share///t"]) await expectRefused(broker, filter);
});

statement(
  "5.0",
  "MQTT-4.8.2-2",
  "a share name with a wildcard, or without a filter behind it, is refused",
  async () => {
    onlyAkasa("mosquitto 2.0.11 grants $share/g");
    await using broker = await startTestBroker();
    const bad = [
      "$share/g",
      "$share/g/",
      "$share/+/t",
      "$share/g#/t",
      "$share/#",
      "$share/#/t",
      "$share/g+/t",
      "$share/",
    ];
    for (const filter of bad) await expectRefused(broker, filter);
  },
);

statement("5.0", "MQTT-4.8.2-2", "everything behind the share name's slash is the filter, a slash too", async () => {
  await using broker = await startTestBroker();
  const clients = [await member(broker, "$share/g//t"), await member(broker, "$share/g//t")];
  const counts = await copies(broker, "/t", clients);
  assert.deepEqual(counts.toSorted(), [0, 1]);
  assert.deepEqual(await copies(broker, "t", clients), [0, 0]);
});
