import assert from "node:assert/strict";
import { onlyAkasa, packets, RawClient, startTestBroker, statement } from "../../kit/mod.ts";
import { expectEnded } from "./expect-ended.ts";

const version = 5;

statement("5.0", "MQTT-3.12.4-1", "PINGREQ c0 00 is answered with PINGRESP d0 00", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version);
  client.send(packets.raw("c0 00"));
  assert.equal((await client.next("pingresp")).raw.toString("hex"), "d000");
  await client.expectNothing();
});

statement("5.0", "MQTT-3.12.4-1", "a PINGREQ between other packets is answered too", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version);
  const subscribe = packets.subscribe({ version, packetId: 1, filters: [{ filter: "a" }] });
  const publish = packets.publish({ version, topic: "b", qos: 1, packetId: 2 });
  client.send(subscribe, packets.pingreq(), publish, packets.pingreq());
  await client.take("suback");
  await client.take("pingresp");
  await client.take("puback");
  await client.take("pingresp");
  await client.expectNothing();
});

statement("5.0", "MQTT-3.12.4-1", "a PINGREQ with a body is no PINGREQ", async () => {
  onlyAkasa("mosquitto 2.0.11 does not look at the body");
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, version);
  client.send(packets.raw("c0 01 00"));
  await expectEnded(client, 0x81);
});
