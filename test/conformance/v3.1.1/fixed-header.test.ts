import assert from "node:assert/strict";
import { onlyAkasa, packets, RawClient, startTestBroker, statement } from "../../kit/mod.ts";
import { answerUntilClosed, expectCutOff } from "./cut-off.ts";

statement("3.1.1", "MQTT-2.2.2-1", "the flags of every packet but PUBLISH are the fixed ones", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, 4);
  const first: Record<string, number> = {};
  first["connack"] = (await client.connect()).firstByte;
  first["suback"] = (await client.subscribe("a", { qos: 2 })).firstByte;
  first["puback"] = (await client.publishAcked("other", "", { qos: 1 })).firstByte;
  const packetId = client.publish("a", "", { qos: 2 });
  first["pubrec"] = (await client.take("pubrec", { packetId })).firstByte;
  client.send(packets.pubrel(packetId));
  first["pubcomp"] = (await client.take("pubcomp", { packetId })).firstByte;
  const delivered = await client.next("publish");
  client.send(packets.pubrec(delivered.packetId));
  first["pubrel"] = (await client.next("pubrel")).firstByte;
  client.send(packets.pubcomp(delivered.packetId));
  first["unsuback"] = (await client.unsubscribe("a")).firstByte;
  client.send(packets.pingreq());
  first["pingresp"] = (await client.next("pingresp")).firstByte;
  assert.deepEqual(first, {
    connack: 0x20,
    puback: 0x40,
    pubrec: 0x50,
    pubrel: 0x62,
    pubcomp: 0x70,
    suback: 0x90,
    unsuback: 0xb0,
    pingresp: 0xd0,
  });
});

statement("3.1.1", "MQTT-2.2.2-2", "a CONNECT with wrong flags in its first byte closes the connection", async () => {
  await using broker = await startTestBroker();
  assert.equal(await answerUntilClosed(broker, packets.connect({ version: 4, clientId: "a", firstByte: 0x11 })), "");
});

statement("3.1.1", "MQTT-2.2.2-2", "an acknowledgement or PINGREQ with wrong flags closes the connection", async () => {
  onlyAkasa("mosquitto 2.0.11 does not look at the flags of PUBACK, PUBREC, PUBCOMP and PINGREQ");
  await using broker = await startTestBroker();
  await expectCutOff(broker, packets.puback(1, { firstByte: 0x41 }));
  await expectCutOff(broker, packets.pubrec(1, { firstByte: 0x51 }));
  await expectCutOff(broker, packets.pubcomp(1, { firstByte: 0x71 }));
  await expectCutOff(broker, packets.pingreq(0xc1));
});

statement("3.1.1", "MQTT-2.2.2-2", "a request with wrong flags closes the connection", async () => {
  await using broker = await startTestBroker();
  const offences = [
    packets.pubrel(1, { firstByte: 0x60 }),
    packets.subscribe({ version: 4, packetId: 1, filters: [{ filter: "a" }], firstByte: 0x80 }),
    packets.unsubscribe({ version: 4, packetId: 1, filters: ["a"], firstByte: 0xa0 }),
    packets.disconnect({ firstByte: 0xe1 }),
  ];
  for (const bytes of offences) await expectCutOff(broker, bytes);
});
