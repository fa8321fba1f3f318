import assert from "node:assert/strict";
import { packets, RawClient, startTestBroker, statement, uniqueName } from "../../kit/mod.ts";

statement("3.1.1", "MQTT-7.0.0-2", "a whole conversation needs nothing beyond the standard's own packets", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, 4);
  const dialogue = [
    // CONNECT, SUBSCRIBE a QoS 2, PUBLISH QoS 2, its PUBREL, the delivery's PUBREC and PUBCOMP, UNSUBSCRIBE, PINGREQ
    ["10 0d 0004 4d515454 04 02 003c 0001 63", ["20020000"]],
    ["82 06 0001 0001 61 02", ["9003000102"]],
    ["34 06 0001 61 0007 78", ["50020007"]],
    ["62 02 0007", ["70020007"]],
  ] as const;
  for (const [request, answers] of dialogue) {
    client.send(packets.raw(request));
    for (const answer of answers) assert.ok((await client.take(typeOf(answer))).raw.toString("hex") === answer);
  }
  const delivered = await client.next("publish");
  assert.match(delivered.raw.toString("hex"), /^3406000161....78$/);
  await client.acknowledge(delivered);
  client.send(packets.raw("a2 05 0002 0001 61"));
  assert.equal((await client.next("unsuback")).raw.toString("hex"), "b0020002");
  client.send(packets.raw("c0 00"));
  assert.equal((await client.next("pingresp")).raw.toString("hex"), "d000");
  client.send(packets.raw("e0 00"));
  assert.deepEqual(await client.expectClosed(), []);
});

function typeOf(answer: string): "connack" | "suback" | "pubrec" | "pubcomp" {
  const types = { 2: "connack", 9: "suback", 5: "pubrec", 7: "pubcomp" } as const;
  return types[Number(answer[0]) as keyof typeof types];
}

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
