import assert from "node:assert/strict";
import { packets, startTestBroker, statement } from "../../kit/mod.ts";
import { answerUntilClosed } from "./cut-off.ts";

statement("3.1.1", "MQTT-3.1.2-1", "another protocol name is not served as MQTT 3.1.1", async () => {
  await using broker = await startTestBroker();
  for (const protocolName of ["MQTX", "mqtt", "", "MQTTMQTT"]) {
    const answer = await answerUntilClosed(broker, packets.connect({ version: 4, clientId: "a", protocolName }));
    assert.ok(["", "20020001"].includes(answer), answer);
  }
});

statement("3.1.1", "MQTT-3.1.2-2", "an unknown level below 5 is refused with code 1", async () => {
  await using broker = await startTestBroker();
  for (const protocolLevel of [0, 2]) {
    const bytes = packets.connect({ version: 4, clientId: "a", protocolLevel });
    assert.equal(await answerUntilClosed(broker, bytes), "20020001");
  }
});

statement("3.1.1", "MQTT-3.1.2-2", "an unknown level above 5 is refused in the form of 3.1.1 or of 5.0", async () => {
  await using broker = await startTestBroker();
  for (const protocolLevel of [6, 99]) {
    const answer = await answerUntilClosed(broker, packets.connect({ version: 4, clientId: "a", protocolLevel }));
    assert.match(answer, /^(20020001|20..0084.*)$/);
  }
});

statement("3.1.1", "MQTT-3.1.2-3", "the reserved flag of CONNECT closes the connection", async () => {
  await using broker = await startTestBroker();
  assert.equal(await answerUntilClosed(broker, packets.connect({ version: 4, clientId: "a", flags: 0x03 })), "");
});
