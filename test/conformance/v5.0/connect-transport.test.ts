import assert from "node:assert/strict";
import { packets, RawClient, startTestBroker, statement } from "../../kit/mod.ts";

const version = 5;

/** A conversation in one piece: what a client may send without waiting for any answer. */
function conversation(clientId: string): Buffer {
  return Buffer.concat([
    packets.connect({ version, clientId, will: { topic: "w", payload: "x" }, userName: "u", password: "p" }),
    packets.subscribe({ version, packetId: 1, filters: [{ filter: `${clientId}/a`, qos: 1 }] }),
    packets.publish({ version, topic: `${clientId}/a`, payload: "y".repeat(200), qos: 1, packetId: 2 }),
    packets.pingreq(),
    packets.disconnect(),
  ]);
}

/** Every answer to the conversation came, and the end. */
async function expectAnswers(client: RawClient): Promise<void> {
  assert.equal((await client.next("connack")).reasonCode, 0);
  await client.take("suback", { packetId: 1 });
  assert.equal((await client.take("puback", { packetId: 2 })).reasonCode, 0);
  assert.equal((await client.take("publish")).payload.length, 200);
  await client.take("pingresp");
  assert.deepEqual(await client.expectClosed(), []);
}

statement("5.0", "MQTT-4.2.0-1", "packets are understood wherever TCP cuts them in two", async () => {
  await using broker = await startTestBroker();
  const { length } = conversation("000");
  for (let at = 1; at < length; at += 1) {
    const client = await RawClient.open(broker, version);
    const bytes = conversation(String(at).padStart(3, "0"));
    await client.sendSplit(bytes.subarray(0, at), at);
    await client.sendSplit(bytes.subarray(at), length);
    await expectAnswers(client);
  }
});

statement("5.0", "MQTT-4.2.0-1", "packets are understood byte by byte and in pieces of any size", async () => {
  await using broker = await startTestBroker();
  for (const size of [1, 2, 3, 5, 7, 11, 64, 1000]) {
    const client = await RawClient.open(broker, version);
    await client.sendSplit(conversation(`pieces${size}`), size);
    await expectAnswers(client);
  }
});

statement("5.0", "MQTT-4.2.0-1", "a thousand packets in one write are all answered, in order", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, version);
  const batch: Buffer[] = [packets.connect({ version, clientId: "batch" })];
  const subscribe = packets.subscribe({ version, packetId: 1, filters: [{ filter: "batch/a" }] });
  batch.push(subscribe);
  for (let count = 0; count < 1000; count += 1) {
    batch.push(packets.publish({ version, topic: "batch/a", payload: `${count}` }));
  }
  client.send(...batch);
  await client.next("connack");
  await client.take("suback");
  for (let count = 0; count < 1000; count += 1) {
    assert.equal((await client.next("publish")).payload.toString(), `${count}`);
  }
  await client.expectNothing();
});

statement("5.0", "MQTT-4.2.0-1", "a message of a megabyte less its header goes through whole", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version);
  await client.subscribe("big");
  const payload = Buffer.alloc(1_000_000, "0123456789abcdef");
  client.publish("big", payload);
  assert.ok((await client.receive()).payload.equals(payload));
});
