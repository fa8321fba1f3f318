import assert from "node:assert/strict";
import {
  packets,
  prop,
  type PublishPacket,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";

/** A member alone in its group that has received one message without answering it, and then a second member. */
async function halfDelivered(
  broker: TestBroker,
  qos: number,
  sessionExpiry = 300,
): Promise<{ message: PublishPacket; first: RawClient; second: RawClient }> {
  const properties = [[prop.sessionExpiryInterval, sessionExpiry]] as const;
  const first = await RawClient.connected(broker, 5, { clientId: "first", cleanStart: false, properties });
  await first.subscribe("$share/g/t", { qos: 2 });
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked("t", "for one", { qos });
  const message = await first.next("publish");
  const second = await RawClient.connected(broker, 5, lasting("second"));
  await second.subscribe("$share/g/t", { qos: 2 });
  return { message, first, second };
}

statement("5.0", "MQTT-4.8.2-3", "each member gets its copies at its own granted QoS", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const members = new Map<number, RawClient>();
  for (const qos of [0, 1, 2]) {
    const client = await RawClient.connected(broker, 5);
    await client.subscribe("$share/g/t", { qos });
    members.set(qos, client);
  }
  const served = new Set<number>();
  for (let round = 0; round < 200 && served.size < members.size; round += 1) {
    await publisher.publishAcked("t", "x", { qos: 2 });
    await settle(broker);
    let copies = 0;
    for (const [granted, client] of members) {
      await client.ping();
      for (const packet of client.drain()) {
        assert.ok(packet.type === "publish");
        assert.equal(packet.qos, granted);
        await client.acknowledge(packet);
        served.add(granted);
        copies += 1;
      }
    }
    assert.equal(copies, 1);
  }
  assert.equal(served.size, members.size, "a member never had its turn");
});

statement(
  "5.0",
  "MQTT-4.8.2-4",
  "a QoS 2 delivery cut off before PUBREC is completed with the same member",
  async () => {
    await using broker = await startTestBroker();
    const { message, first, second } = await halfDelivered(broker, 2);
    await first.cut();
    await settle(broker);
    await second.expectNothing();
    const again = await resumed(broker, "first");
    const repeat = await again.receive();
    assert.deepEqual([repeat.packetId, repeat.dup, repeat.payload.toString()], [message.packetId, true, "for one"]);
    await settle(broker);
    await again.expectNothing();
    await second.expectNothing();
  },
);

statement(
  "5.0",
  "MQTT-4.8.2-4",
  "a QoS 2 delivery cut off after PUBREC is completed with the same member",
  async () => {
    await using broker = await startTestBroker();
    const { message, first, second } = await halfDelivered(broker, 2);
    first.send(packets.pubrec(message.packetId));
    await first.next("pubrel");
    await first.cut();
    const again = await resumed(broker, "first");
    assert.equal((await again.next("pubrel")).packetId, message.packetId);
    again.send(packets.pubcomp(message.packetId));
    await settle(broker);
    await again.expectNothing();
    await second.expectNothing();
  },
);

statement("5.0", "MQTT-4.8.2-5", "a QoS 2 message whose member's session has ended goes to nobody else", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const { first, second } = await halfDelivered(broker, 2, 1);
  await first.cut();
  await broker.advance(2000);
  await settle(broker);
  await second.expectNothing();
  const back = await RawClient.open(broker, 5);
  assert.equal((await back.connect(lasting("first"))).sessionPresent, false);
  await back.expectNothing();
  await second.expectNothing();
});

statement("5.0", "MQTT-4.8.2-5", "a QoS 2 message whose member starts anew goes to nobody else", async () => {
  await using broker = await startTestBroker();
  const { first, second } = await halfDelivered(broker, 2);
  await first.cut();
  const back = await RawClient.connected(broker, 5, { clientId: "first", cleanStart: true });
  await settle(broker);
  await back.expectNothing();
  await second.expectNothing();
});

for (const [qos, answer] of [
  [1, packets.puback],
  [2, packets.pubrec],
] as const) {
  statement("5.0", "MQTT-4.8.2-6", `a QoS ${qos} message that its member refused goes to nobody else`, async () => {
    await using broker = await startTestBroker();
    const { message, first, second } = await halfDelivered(broker, qos);
    first.send(answer(message.packetId, { reasonCode: 0x80 }));
    await first.expectNothing();
    await settle(broker);
    await second.expectNothing();
    await first.cut();
    await settle(broker);
    await second.expectNothing();
    const again = await resumed(broker, "first");
    await settle(broker);
    await again.expectNothing();
    await second.expectNothing();
  });
}
