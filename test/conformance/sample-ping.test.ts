import assert from "node:assert/strict";
import { fence, packets, RawClient, startTestBroker, statement } from "../kit/mod.ts";

statement("3.1.1", "MQTT-3.12.4-1", "a PINGREQ is answered with a PINGRESP", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 4);
  client.send(packets.pingreq());
  const answer = await client.next("pingresp");
  assert.equal(answer.raw.toString("hex"), "d000");
});

statement("5.0", "MQTT-3.12.4-1", "each of several PINGREQs is answered", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  client.send(packets.pingreq(), packets.pingreq(), packets.pingreq());
  for (let count = 0; count < 3; count += 1) await client.next("pingresp");
  await client.expectNothing();
});

statement("3.1.1", "MQTT-3.1.0-2", "a second CONNECT ends that connection and touches nobody else", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  const publisher = await RawClient.connected(broker, 5);
  await watcher.subscribe("sample/#", { qos: 1 });
  const offender = await RawClient.connected(broker, 4);
  offender.send(packets.connect({ version: 4, clientId: offender.clientId }));
  await offender.expectClosed();
  publisher.publish("sample/a", "still here", { qos: 0 });
  await fence(publisher, watcher);
  assert.equal((await watcher.receive()).payload.toString(), "still here");
  await watcher.expectNothing();
});
