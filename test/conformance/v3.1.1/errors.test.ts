import assert from "node:assert/strict";
import { onlyAkasa, packets, RawClient, startTestBroker, statement } from "../../kit/mod.ts";
import { expectCutOff } from "./cut-off.ts";

statement(
  "3.1.1",
  "MQTT-4.8.0-1",
  "a violation of the protocol closes the connection it came on and no other",
  async () => {
    await using broker = await startTestBroker();
    const bystander = await RawClient.connected(broker, 4);
    await bystander.subscribe("a");
    const violations = [
      // Types that do not exist.
      packets.raw("00 00"),
      packets.raw("f0 00"),
      // A remaining length of five bytes.
      packets.raw("30 80 80 80 80 01"),
      // Flags and fields that do not fit.
      packets.raw("82 00"),
      packets.raw("62 01 00"),
      packets.subscribe({ version: 4, packetId: 1, filters: [{ filter: "a" }], firstByte: 0x8f }),
      packets.publish({ version: 4, topic: "a", payload: "x", packetId: 1, firstByte: 0x3e }),
    ];
    for (const bytes of violations) await expectCutOff(broker, bytes);
    await bystander.publishAcked("a", "unharmed");
    assert.equal((await bystander.receive()).payload.toString(), "unharmed");
    await bystander.expectNothing();
  },
);

statement("3.1.1", "MQTT-4.8.0-1", "a packet that only a server sends closes the connection", async () => {
  onlyAkasa("mosquitto 2.0.11 takes SUBACK and UNSUBACK from clients");
  await using broker = await startTestBroker();
  for (const bytes of ["20 02 00 00", "90 03 00 01 00", "b0 02 00 01", "d0 00"]) {
    await expectCutOff(broker, packets.raw(bytes));
  }
});

statement(
  "3.1.1",
  "MQTT-4.8.0-2",
  "a packet above the limit closes the connection it came on and no other",
  async () => {
    await using broker = await startTestBroker({ max_packet_size_server: 1000 });
    const bystander = await RawClient.connected(broker, 4);
    await bystander.subscribe("a");
    await expectCutOff(broker, packets.publish({ version: 4, topic: "a", payload: "x".repeat(1000) }));
    await bystander.publishAcked("a", "unharmed");
    assert.equal((await bystander.receive()).payload.toString(), "unharmed");
    await bystander.expectNothing();
  },
);
