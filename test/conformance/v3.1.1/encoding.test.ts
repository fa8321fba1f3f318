import assert from "node:assert/strict";
import { fence, packets, RawClient, startTestBroker, statement } from "../../kit/mod.ts";
import { answerUntilClosed, expectCutOff } from "./cut-off.ts";

/** A sequence that breaks off, the surrogate U+D800, a code point beyond U+10FFFF. */
const notUtf8 = ["c328", "eda080", "f5808080"].map(packets.raw);
const withZero = Buffer.from("a\0b");

statement(
  "3.1.1",
  ["MQTT-1.5.3-1", "MQTT-3.1.3-4"],
  "a client id that is not UTF-8 closes the connection",
  async () => {
    await using broker = await startTestBroker();
    for (const clientId of [...notUtf8, packets.raw("fffe")]) {
      assert.equal(await answerUntilClosed(broker, packets.connect({ version: 4, clientId })), "");
    }
  },
);

statement("3.1.1", "MQTT-1.5.3-1", "a topic that is not UTF-8 closes the connection and reaches nobody", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("#");
  for (const topic of notUtf8) await expectCutOff(broker, packets.publish({ version: 4, topic, payload: "x" }));
  await fence(watcher, watcher);
  await watcher.expectNothing();
});

statement("3.1.1", "MQTT-1.5.3-1", "a filter that is not UTF-8 closes the connection without SUBACK", async () => {
  await using broker = await startTestBroker();
  for (const filter of notUtf8) {
    await expectCutOff(broker, packets.subscribe({ version: 4, packetId: 1, filters: [{ filter }] }));
  }
});

statement("3.1.1", "MQTT-1.5.3-2", "U+0000 in a client id closes the connection", async () => {
  await using broker = await startTestBroker();
  assert.equal(await answerUntilClosed(broker, packets.connect({ version: 4, clientId: withZero })), "");
});

statement("3.1.1", "MQTT-1.5.3-2", "U+0000 in a topic closes the connection and reaches nobody", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("#");
  await expectCutOff(broker, packets.publish({ version: 4, topic: withZero, payload: "x" }));
  await fence(watcher, watcher);
  await watcher.expectNothing();
});

statement("3.1.1", "MQTT-1.5.3-2", "U+0000 in a filter closes the connection without SUBACK", async () => {
  await using broker = await startTestBroker();
  await expectCutOff(broker, packets.subscribe({ version: 4, packetId: 1, filters: [{ filter: withZero }] }));
});

statement("3.1.1", "MQTT-1.5.3-3", "EF BB BF at the start of a topic is a character of it", async () => {
  await using broker = await startTestBroker();
  const marked = await RawClient.connected(broker, 4);
  const plain = await RawClient.connected(broker, 4);
  const publisher = await RawClient.connected(broker, 4);
  await marked.subscribe("\ufefft");
  await plain.subscribe("t");
  publisher.publish("\ufefft", "x");
  assert.equal((await marked.receive()).wireTopic.toString("hex"), "efbbbf74");
  await fence(publisher, plain);
  await plain.expectNothing();
});
