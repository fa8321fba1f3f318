import assert from "node:assert/strict";
import { packets, RawClient, type ServerPacketType, startTestBroker, statement, uniqueName } from "../../kit/mod.ts";

statement("3.1.1", "MQTT-7.0.0-2", "a whole conversation needs nothing beyond the standard's own packets", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, 4);
  const exchange = async (request: string, type: ServerPacketType, answer: string): Promise<void> => {
    client.send(packets.raw(request));
    assert.equal((await client.take(type)).raw.toString("hex"), answer);
  };
  await exchange("10 0d 0004 4d515454 04 02 003c 0001 63", "connack", "20020000");
  await exchange("82 06 0001 0001 61 02", "suback", "9003000102");
  await exchange("34 06 0001 61 0007 78", "pubrec", "50020007");
  await exchange("62 02 0007", "pubcomp", "70020007");
  const delivered = await client.next("publish");
  assert.match(delivered.raw.toString("hex"), /^3406000161....78$/);
  await client.acknowledge(delivered);
  await exchange("a2 05 0002 0001 61", "unsuback", "b0020002");
  await exchange("c0 00", "pingresp", "d000");
  client.send(packets.raw("e0 00"));
  assert.deepEqual(await client.expectClosed(), []);
});

statement("3.1.1", "MQTT-7.1.1-1", "packets may be cut anywhere on their way over TCP", async () => {
  await using broker = await startTestBroker();
  const bytesOf = (clientId: string): Buffer =>
    Buffer.concat([
      packets.connect({ version: 4, clientId }),
      packets.subscribe({ version: 4, packetId: 1, filters: [{ filter: clientId, qos: 1 }] }),
      packets.publish({ version: 4, topic: clientId, payload: "hello", qos: 1, packetId: 2 }),
      packets.pingreq(),
    ]);
  const { length } = bytesOf(uniqueName("c"));
  for (let size = 1; size <= length; size += 1) {
    using client = await RawClient.open(broker, 4);
    await client.sendSplit(bytesOf(uniqueName("c")), size);
    assert.equal((await client.next("connack")).reasonCode, 0);
    assert.deepEqual((await client.take("suback")).reasonCodes, [1]);
    assert.equal((await client.take("puback")).packetId, 2);
    assert.equal((await client.take("publish")).payload.toString(), "hello");
    await client.take("pingresp");
  }
});
