import assert from "node:assert/strict";
import { onlyAkasa, packets, RawClient, settle, startTestBroker, statement } from "../../kit/mod.ts";
import { receiveMany } from "../receive-many.ts";

const definedCodes = [0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2];

statement("5.0", "MQTT-3.8.4-1", "every SUBSCRIBE gets a SUBACK", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  for (const packetId of [1, 2, 3]) {
    client.send(packets.subscribe({ version: 5, packetId, filters: [{ filter: "a" }] }));
    assert.equal((await client.next("suback")).packetId, packetId);
  }
  await client.expectNothing();
});

statement("5.0", "MQTT-3.8.4-2", "a SUBACK has the id of its SUBSCRIBE", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  const ids = [7, 3, 65_535, 1];
  client.send(
    ...ids.map((packetId) => packets.subscribe({ version: 5, packetId, filters: [{ filter: `${packetId}` }] })),
  );
  for (const packetId of ids) assert.equal((await client.next("suback")).packetId, packetId);
  await client.expectNothing();
});

statement("5.0", ["MQTT-3.8.4-5", "MQTT-3.8.4-7"], "one bad filter of five leaves the other four at work", async () => {
  onlyAkasa("mosquitto 2.0.11 ends the connection at a bad filter");
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  const filters = ["a/1", "a/2", "a/#/3", "a/4", "a/5"].map((filter) => ({ filter, qos: 1 }));
  const { reasonCodes } = await client.subscribe(filters);
  assert.deepEqual(reasonCodes, [1, 1, 0x8f, 1, 1]);
  const publisher = await RawClient.connected(broker, 5);
  for (const topic of ["a/1", "a/2", "a/3", "a/4", "a/5", "a/x/3"]) await publisher.publishAcked(topic, "x");
  assert.deepEqual(
    (await receiveMany(client, 4)).map(({ topic }) => topic),
    ["a/1", "a/2", "a/4", "a/5"],
  );
  await settle(broker);
  await client.expectNothing();
});

statement("5.0", "MQTT-3.8.4-6", "a SUBACK has one code for each filter", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  for (const count of [1, 5, 100]) {
    const filters = Array.from({ length: count }, (_, index) => ({ filter: `${count}/${index}`, qos: index % 3 }));
    const { reasonCodes } = await client.subscribe(filters);
    assert.deepEqual(
      reasonCodes,
      filters.map(({ qos }) => qos),
    );
  }
  assert.equal((await client.subscribe([{ filter: "same" }, { filter: "same" }])).reasonCodes.length, 2);
});

statement("5.0", "MQTT-3.8.4-7", "a filter that was refused delivers nothing", async () => {
  await using broker = await startTestBroker({ wildcard_subscription_available: false });
  const client = await RawClient.connected(broker, 5);
  assert.deepEqual((await client.subscribe("a/+", { qos: 1 })).reasonCodes, [0xa2]);
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked("a/b", "x");
  await settle(broker);
  await client.expectNothing();
});

statement("5.0", "MQTT-3.9.3-1", "the codes of a SUBACK stand in the order of the filters", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  const asked = [2, 0, 1].map((qos) => ({ filter: `order/${qos}`, qos }));
  assert.deepEqual((await client.subscribe(asked)).reasonCodes, [2, 0, 1]);
});

statement("5.0", "MQTT-3.9.3-2", "a SUBACK has only codes of SUBACK, whatever is wrong with a filter", async () => {
  await using broker = await startTestBroker({ max_subscriptions_per_session: 3, max_topic_levels: 4 });
  const client = await RawClient.connected(broker, 5);
  const names = ["a", "b", "a/b/c/d/e", "#/a", "a+", "$share/g", "c", "d"];
  const { reasonCodes } = await client.subscribe(names.map((filter) => ({ filter })));
  for (const code of reasonCodes) assert.ok(definedCodes.includes(code), `0x${code.toString(16)}`);
  assert.deepEqual(
    reasonCodes.map((code) => code < 0x80),
    [true, true, false, false, false, false, true, false],
  );
  assert.equal(reasonCodes.at(-1), 0x97);
});
