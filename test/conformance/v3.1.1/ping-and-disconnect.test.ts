import assert from "node:assert/strict";
import { packets, RawClient, startTestBroker, statement } from "../../kit/mod.ts";

statement("3.1.1", "MQTT-3.12.4-1", "a PINGREQ is answered with a PINGRESP", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  client.send(packets.pingreq());
  assert.equal((await client.next("pingresp")).raw.toString("hex"), "d000");
});

statement("3.1.1", "MQTT-3.12.4-1", "each of ten PINGREQs is answered", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  client.send(...Array.from({ length: 10 }, () => packets.pingreq()));
  for (let count = 0; count < 10; count += 1) await client.next("pingresp");
  await client.expectNothing();
});

statement("3.1.1", "MQTT-3.14.1-1", "a DISCONNECT with wrong flags is an error: the will is sent", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("will");
  const client = await RawClient.connected(broker, 4, { will: { topic: "will", payload: "no farewell" } });
  client.send(packets.disconnect({ firstByte: 0xe1 }));
  assert.deepEqual(await client.expectClosed(), []);
  assert.equal((await watcher.receive()).payload.toString(), "no farewell");
});
