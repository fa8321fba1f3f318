import assert from "node:assert/strict";
import { packets, prop, type Property, RawClient, startTestBroker, statement, type TestBroker } from "../../kit/mod.ts";

const version = 5;
const minute: readonly Property[] = [[prop.sessionExpiryInterval, 60]];

/** Leaves a session behind with a subscription to "kept/#" and one waiting message. */
async function leaveSession(broker: TestBroker, clientId: string): Promise<void> {
  const client = await RawClient.connected(broker, version, { clientId, properties: minute });
  await client.subscribe("kept/#", { qos: 1 });
  await client.disconnect();
  const publisher = await RawClient.connected(broker, version);
  await publisher.publishAcked("kept/a", "waited");
}

statement("5.0", "MQTT-3.1.2-4", "Clean Start 1 drops the subscriptions and messages of the session", async () => {
  await using broker = await startTestBroker();
  await leaveSession(broker, "s");
  const client = await RawClient.open(broker, version);
  assert.equal((await client.connect({ clientId: "s", properties: minute })).sessionPresent, false);
  const publisher = await RawClient.connected(broker, version);
  await publisher.publishAcked("kept/b", "new");
  await client.expectNothing();
  await client.disconnect();
  // What was dropped is not there for the next one either.
  const later = await RawClient.connected(broker, version, { clientId: "s", cleanStart: false });
  await later.expectNothing();
});

statement("5.0", "MQTT-3.1.2-4", "Clean Start 1 drops deliveries that were under way", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, version);
  const client = await RawClient.connected(broker, version, { clientId: "s", properties: minute });
  await client.subscribe("kept/#", { qos: 2 });
  await publisher.publishAcked("kept/a", "not answered", { qos: 1 });
  await publisher.publishAcked("kept/b", "half answered", { qos: 2 });
  await client.next("publish");
  const { packetId } = await client.next("publish");
  client.send(packets.pubrec(packetId));
  await client.next("pubrel");
  await client.cut();
  const again = await RawClient.connected(broker, version, { clientId: "s", properties: minute });
  await again.expectNothing();
});

statement("5.0", "MQTT-3.1.2-4", "Clean Start 1 forgets the packet ids of the client", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, version);
  await watcher.subscribe("sent", { qos: 2 });
  const client = await RawClient.connected(broker, version, { clientId: "s", properties: minute });
  client.publish("sent", "old", { qos: 2, packetId: 9 });
  await client.next("pubrec");
  await client.cut();
  const again = await RawClient.connected(broker, version, { clientId: "s", properties: minute });
  await again.publishAcked("sent", "new", { qos: 2, packetId: 9 });
  // A broker may pass on the old message at its PUBLISH or, as it never came, not at all.
  const received = [await watcher.receive()];
  if (received[0]?.payload.toString() === "old") received.push(await watcher.receive());
  assert.equal(received.at(-1)?.payload.toString(), "new");
  await watcher.expectNothing();
});

statement("5.0", "MQTT-3.1.2-5", "Clean Start 0 takes the session up again", async () => {
  await using broker = await startTestBroker();
  await leaveSession(broker, "s");
  const client = await RawClient.open(broker, version);
  const { sessionPresent } = await client.connect({ clientId: "s", cleanStart: false, properties: minute });
  assert.equal(sessionPresent, true);
  assert.equal((await client.receive()).payload.toString(), "waited");
  client.publish("kept/own", "live");
  assert.equal((await client.receive()).payload.toString(), "live");
  await client.expectNothing();
});

statement("5.0", "MQTT-3.1.2-6", "Clean Start 0 of an unknown client begins a session", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, version);
  const connack = await client.connect({ clientId: "unknown", cleanStart: false });
  assert.equal(connack.reasonCode, 0);
  assert.equal(connack.sessionPresent, false);
  await client.subscribe("fresh", { qos: 1 });
  await client.publishAcked("fresh", "works");
  assert.equal((await client.receive()).payload.toString(), "works");
  await client.expectNothing();
});

statement("5.0", "MQTT-3.2.2-1", "the acknowledge flags are 0 or 1", async () => {
  await using broker = await startTestBroker();
  await leaveSession(broker, "s");
  const fresh = await RawClient.open(broker, version);
  assert.equal((await fresh.connect({ clientId: "fresh" })).raw[2], 0x00);
  const stored = await RawClient.open(broker, version);
  assert.equal((await stored.connect({ clientId: "s", cleanStart: false })).raw[2], 0x01);
});

statement("5.0", "MQTT-3.2.2-2", "Clean Start 1 is answered without session present", async () => {
  await using broker = await startTestBroker();
  await leaveSession(broker, "s");
  for (const clientId of ["s", "s", "fresh"]) {
    const client = await RawClient.open(broker, version);
    const connack = await client.connect({ clientId, properties: minute });
    assert.equal(connack.raw.toString("hex", 2, 4), "0000");
    await client.cut();
  }
});

statement(
  "5.0",
  "MQTT-3.2.2-3",
  "Clean Start 0 is answered with session present where there is a session",
  async () => {
    await using broker = await startTestBroker();
    await leaveSession(broker, "s");
    const empty = await RawClient.connected(broker, version, { clientId: "empty", properties: minute });
    await empty.disconnect();
    const over = await RawClient.connected(broker, version, { clientId: "over" });
    await over.subscribe("a");
    await over.disconnect();
    for (const [clientId, present] of [
      ["s", true],
      ["empty", true],
      ["over", false],
      ["fresh", false],
    ] as const) {
      const client = await RawClient.open(broker, version);
      const connack = await client.connect({ clientId, cleanStart: false });
      assert.equal(connack.sessionPresent, present, clientId);
      assert.equal(connack.reasonCode, 0);
    }
  },
);

statement("5.0", "MQTT-3.2.2-3", "an expired session is not present", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  await leaveSession(broker, "s");
  await broker.advance(61_000);
  const client = await RawClient.open(broker, version);
  assert.equal((await client.connect({ clientId: "s", cleanStart: false })).sessionPresent, false);
  await client.expectNothing();
});
