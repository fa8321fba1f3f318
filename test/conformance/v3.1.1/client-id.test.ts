import assert from "node:assert/strict";
import { onlyAkasa, packets, RawClient, startTestBroker, statement } from "../../kit/mod.ts";
import { answerUntilClosed } from "./cut-off.ts";

statement("3.1.1", "MQTT-3.1.3-2", "each client id has a session of its own, upper and lower case apart", async () => {
  await using broker = await startTestBroker();
  const clientIds = ["sensor", "Sensor", "other"];
  for (const clientId of clientIds) {
    const client = await RawClient.connected(broker, 4, { clientId, cleanStart: false });
    await client.subscribe(`to/${clientId}`, { qos: 1 });
    await client.disconnect();
  }
  const publisher = await RawClient.connected(broker, 4);
  for (const clientId of clientIds) await publisher.publishAcked(`to/${clientId}`, clientId);
  for (const clientId of clientIds) {
    const client = await RawClient.connected(broker, 4, { clientId, cleanStart: false });
    assert.equal((await client.receive()).payload.toString(), clientId);
    await client.expectNothing();
  }
});

statement("3.1.1", "MQTT-3.1.3-5", "client ids of 1 to 23 digits and letters are accepted", async () => {
  await using broker = await startTestBroker();
  for (const clientId of ["a", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ"]) {
    await RawClient.connected(broker, 4, { clientId });
  }
});

statement("3.1.1", "MQTT-3.1.3-6", "clients with an empty id get ids of their own and stay together", async () => {
  await using broker = await startTestBroker();
  const first = await RawClient.connected(broker, 4, { clientId: "" });
  const second = await RawClient.connected(broker, 4, { clientId: "" });
  await first.ping();
  await second.ping();
});

statement(
  "3.1.1",
  ["MQTT-3.1.3-8", "MQTT-3.1.3-9"],
  "an empty id without clean session is refused with code 2",
  async () => {
    await using broker = await startTestBroker();
    const bytes = packets.connect({ version: 4, clientId: "", cleanStart: false });
    assert.equal(await answerUntilClosed(broker, bytes), "20020002");
  },
);

statement("3.1.1", "MQTT-3.1.3-9", "the longest client id is accepted, or refused with code 2", async () => {
  onlyAkasa("mosquitto 2.0.11 closes the connection because the packet is long");
  await using broker = await startTestBroker();
  const clientId = "a".repeat(65_535);
  const client = await RawClient.open(broker, 4);
  const { reasonCode } = await client.connect({ clientId });
  assert.ok([0, 2].includes(reasonCode));
  if (reasonCode === 2) assert.deepEqual(await client.expectClosed(), []);
  else await client.ping();
});
