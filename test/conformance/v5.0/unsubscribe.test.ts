import assert from "node:assert/strict";
import {
  onlyAkasa,
  packets,
  prop,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";

const definedCodes = [0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91];

async function expectEnded(broker: TestBroker, bytes: Buffer, ...codes: readonly number[]): Promise<void> {
  const client = await RawClient.connected(broker, 5);
  client.send(bytes);
  await client.expectDisconnect(...codes);
}

statement(
  "5.0",
  "MQTT-3.10.1-1",
  "an UNSUBSCRIBE with other flags than 0010 ends the connection with 0x81",
  async () => {
    await using broker = await startTestBroker();
    for (const firstByte of [0xa0, 0xa1, 0xa3, 0xa6, 0xaa]) {
      await expectEnded(broker, packets.unsubscribe({ version: 5, packetId: 1, filters: ["a"], firstByte }), 0x81);
    }
  },
);

statement("5.0", "MQTT-3.10.3-1", "an UNSUBSCRIBE filter that is not UTF-8 ends the connection with 0x81", async () => {
  await using broker = await startTestBroker();
  for (const bytes of ["ff fe", "ed a0 80", "c0 af", "61 e2 82"]) {
    const filter = packets.raw(bytes);
    await expectEnded(broker, packets.unsubscribe({ version: 5, packetId: 1, filters: [filter] }), 0x81);
    await expectEnded(broker, packets.unsubscribe({ version: 5, packetId: 1, filters: ["a", filter] }), 0x81);
  }
});

statement("5.0", "MQTT-3.10.3-2", "an UNSUBSCRIBE without a filter ends the connection with 0x82 or 0x81", async () => {
  await using broker = await startTestBroker();
  await expectEnded(broker, packets.unsubscribe({ version: 5, packetId: 1, filters: [] }), 0x82, 0x81);
  const properties = [[prop.userProperty, ["a", "b"]]] as const;
  await expectEnded(broker, packets.unsubscribe({ version: 5, packetId: 1, filters: [], properties }), 0x82, 0x81);
});

statement("5.0", "MQTT-3.10.4-1", "an UNSUBSCRIBE removes the very same filter and no other", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const client = await RawClient.connected(broker, 5);
  await client.subscribe([{ filter: "a/+" }, { filter: "a/b" }, { filter: "c/d" }]);
  assert.deepEqual((await client.unsubscribe("a/+")).reasonCodes, [0x00]);
  assert.deepEqual(
    (await client.unsubscribe("A/b", "a/#", "+/b", "a", "a/b/", "/a/b")).reasonCodes,
    [0x11, 0x11, 0x11, 0x11, 0x11, 0x11],
  );
  for (const topic of ["a/b", "a/c", "c/d"]) await publisher.publishAcked(topic, "x");
  assert.equal((await client.receive()).topic, "a/b");
  assert.equal((await client.receive()).topic, "c/d");
  await settle(broker);
  await client.expectNothing();
});

statement(
  "5.0",
  "MQTT-3.10.4-2",
  "after UNSUBACK nothing new is delivered, not even by way of the offline queue",
  async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, 5);
    const client = await RawClient.connected(broker, 5, lasting("left"));
    await client.subscribe("gone", { qos: 1 });
    await publisher.publishAcked("gone", "before");
    assert.equal((await client.receive()).payload.toString(), "before");
    await client.unsubscribe("gone");
    await publisher.publishAcked("gone", "after");
    publisher.publish("gone", "after");
    await settle(broker);
    await client.expectNothing();
    await client.disconnect();
    await publisher.publishAcked("gone", "offline");
    const again = await resumed(broker, "left");
    await publisher.publishAcked("gone", "back");
    await settle(broker);
    await again.expectNothing();
  },
);

statement("5.0", "MQTT-3.10.4-3", "a QoS 2 delivery that has begun is completed after UNSUBSCRIBE", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const client = await RawClient.connected(broker, 5);
  await client.subscribe("gone", { qos: 2 });
  await publisher.publishAcked("gone", "x", { qos: 2 });
  const { packetId } = await client.next("publish");
  await client.unsubscribe("gone");
  client.send(packets.pubrec(packetId));
  assert.equal((await client.next("pubrel")).reasonCode, 0x00);
  client.send(packets.pubcomp(packetId));
  await client.expectNothing();
});

statement("5.0", "MQTT-3.10.4-3", "what was not acknowledged before UNSUBSCRIBE is sent again on resume", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const client = await RawClient.connected(broker, 5, lasting("left"));
  await client.subscribe("gone", { qos: 2 });
  for (const qos of [1, 2]) await publisher.publishAcked("gone", `${qos}`, { qos });
  const first = [await client.next("publish"), await client.next("publish")];
  await client.unsubscribe("gone");
  await client.cut();
  const again = await resumed(broker, "left");
  for (const { packetId, qos } of first) {
    const repeat = await again.receive();
    assert.deepEqual([repeat.packetId, repeat.qos, repeat.dup], [packetId, qos, true]);
  }
  await again.expectNothing();
});

statement("5.0", "MQTT-3.10.4-4", "every UNSUBSCRIBE gets an UNSUBACK", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  await client.subscribe("a");
  for (const packetId of [11, 12]) {
    client.send(packets.unsubscribe({ version: 5, packetId, filters: ["a"] }));
    assert.equal((await client.next("unsuback")).packetId, packetId);
  }
  await client.expectNothing();
});

statement(
  "5.0",
  "MQTT-3.10.4-5",
  "an UNSUBACK has the request's id and says when there was nothing to remove",
  async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, 5);
    client.send(packets.unsubscribe({ version: 5, packetId: 65_535, filters: ["never/subscribed"] }));
    const { packetId, reasonCodes } = await client.next("unsuback");
    assert.deepEqual([packetId, reasonCodes], [65_535, [0x11]]);
  },
);

statement(
  "5.0",
  ["MQTT-3.10.4-6", "MQTT-3.11.3-1"],
  "several filters get one UNSUBACK with their codes in order",
  async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, 5);
    const client = await RawClient.connected(broker, 5);
    await client.subscribe([{ filter: "a" }, { filter: "b" }, { filter: "c" }]);
    assert.deepEqual((await client.unsubscribe("a", "unknown", "c")).reasonCodes, [0x00, 0x11, 0x00]);
    for (const topic of ["a", "c", "b"]) await publisher.publishAcked(topic, "x");
    assert.equal((await client.receive()).topic, "b");
    await client.expectNothing();
    assert.deepEqual((await client.unsubscribe("b", "b")).reasonCodes, [0x00, 0x11]);
  },
);

statement(
  "5.0",
  "MQTT-3.11.3-2",
  "an UNSUBACK has only codes of UNSUBACK, whatever is wrong with a filter",
  async () => {
    onlyAkasa("mosquitto 2.0.11 ends the connection at a bad filter");
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, 5);
    await client.subscribe("a");
    const { reasonCodes } = await client.unsubscribe("a", "b", "a/#/b", "a+", "$share/g", "$share//a");
    assert.equal(reasonCodes.length, 6);
    for (const code of reasonCodes) assert.ok(definedCodes.includes(code), `0x${code.toString(16)}`);
    assert.deepEqual(reasonCodes.slice(0, 2), [0x00, 0x11]);
  },
);
