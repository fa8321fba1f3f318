import assert from "node:assert/strict";
import {
  onlyAkasa,
  packets,
  prop,
  property,
  type PublishPacket,
  RawClient,
  settle,
  startTestBroker,
  type TestBroker,
  trap,
} from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { receiveMany, texts } from "../receive-many.ts";

async function limited(broker: TestBroker, id: number, value: number): Promise<RawClient> {
  const client = await RawClient.connected(broker, 5, lasting("limited", [[id, value]]));
  await client.subscribe("quota/#", { qos: 2 });
  return client;
}

async function publishAll(
  broker: TestBroker,
  entries: readonly (readonly [text: string, qos: number])[],
): Promise<void> {
  const publisher = await RawClient.connected(broker, 5);
  for (const [text, qos] of entries) await publisher.publishAcked("quota/a", text, { qos });
}

/** Exactly so many PUBLISH packets have come when all that was done has had its effect. */
async function arrived(broker: TestBroker, client: RawClient, count: number): Promise<PublishPacket[]> {
  await settle(broker);
  const messages: PublishPacket[] = [];
  while (messages.length < count) messages.push(await client.next("publish"));
  await client.expectNothing();
  return messages;
}

for (const [qos, name] of [
  [1, "PUBACK"],
  [2, "PUBREC"],
] as const) {
  trap(`a ${name} of 0x80 or more frees the slot of the message, and it is not sent again`, async () => {
    await using broker = await startTestBroker();
    const client = await limited(broker, prop.receiveMaximum, 1);
    await publishAll(broker, [
      ["1", qos],
      ["2", qos],
    ]);
    const [first] = await arrived(broker, client, 1);
    const answer = qos === 1 ? packets.puback : packets.pubrec;
    client.send(answer(first?.packetId ?? 0, { reasonCode: 0x83 }));
    const [second] = await arrived(broker, client, 1);
    assert.equal(second?.payload.toString(), "2");
    await client.cut();
    const again = await resumed(broker, "limited");
    assert.equal((await again.receive()).payload.toString(), "2");
    await settle(broker);
    await again.expectNothing();
  });
}

trap("Receive Maximum counts QoS 1 and QoS 2 messages together", async () => {
  await using broker = await startTestBroker();
  const client = await limited(broker, prop.receiveMaximum, 2);
  await publishAll(broker, [
    ["1", 2],
    ["2", 1],
    ["3", 1],
    ["4", 2],
  ]);
  const [one, two] = await arrived(broker, client, 2);
  client.send(packets.pubrec(one?.packetId ?? 0));
  await client.next("pubrel");
  await arrived(broker, client, 0);
  client.send(packets.puback(two?.packetId ?? 0));
  assert.equal((await arrived(broker, client, 1))[0]?.payload.toString(), "3");
  client.send(packets.pubcomp(one?.packetId ?? 0));
  assert.equal((await arrived(broker, client, 1))[0]?.payload.toString(), "4");
});

trap("acknowledgements of nothing do not raise the quota above Receive Maximum", async () => {
  await using broker = await startTestBroker();
  const client = await limited(broker, prop.receiveMaximum, 1);
  client.send(packets.puback(100), packets.pubcomp(101), packets.pubrec(102, { reasonCode: 0x80 }));
  await client.expectNothing();
  await publishAll(broker, [
    ["1", 1],
    ["2", 1],
    ["3", 1],
  ]);
  const [first] = await arrived(broker, client, 1);
  client.send(packets.puback(first?.packetId ?? 0), packets.puback(first?.packetId ?? 0));
  await arrived(broker, client, 1);
});

trap("PUBREL sent again on resume does not keep new messages back for ever", async () => {
  await using broker = await startTestBroker();
  const client = await limited(broker, prop.receiveMaximum, 1);
  await publishAll(broker, [
    ["1", 2],
    ["2", 2],
  ]);
  const [first] = await arrived(broker, client, 1);
  const packetId = first?.packetId ?? 0;
  client.send(packets.pubrec(packetId));
  await client.next("pubrel");
  await client.cut();
  const again = await resumed(broker, "limited", { properties: [[prop.receiveMaximum, 1]] });
  assert.equal((await again.take("pubrel")).packetId, packetId);
  again.send(packets.pubcomp(packetId));
  assert.equal((await again.receive()).payload.toString(), "2");
});

trap("the client's quota starts anew with each connection", async () => {
  await using broker = await startTestBroker({ max_inflight_server: 2 });
  const first = await RawClient.connected(broker, 5, lasting("publisher"));
  for (const packetId of [1, 2]) {
    first.publish("quota/a", "x", { qos: 2, packetId });
    await first.next("pubrec");
  }
  await first.cut();
  // Section 4.9: the send quota is not preserved across connections.
  const second = await resumed(broker, "publisher");
  for (const packetId of [3, 4]) {
    second.publish("quota/a", "x", { qos: 2, packetId });
    assert.equal((await second.next("pubrec")).packetId, packetId);
  }
  second.publish("quota/a", "x", { qos: 2, packetId: 5 });
  await second.expectDisconnect(0x93);
});

/** Bytes of a PUBLISH on quota/a with that much payload, without properties. */
function sizeOf(qos: number, payloadBytes: number): number {
  return packets.publish({ version: 5, topic: "quota/a", payload: Buffer.alloc(payloadBytes), qos }).length;
}

trap("a message of exactly the client's Maximum Packet Size is delivered, one byte more is not", async () => {
  onlyAkasa("mosquitto 2.0.11 does not count the fixed header");
  await using broker = await startTestBroker();
  const client = await limited(broker, prop.maximumPacketSize, sizeOf(1, 100));
  await publishAll(broker, [
    ["e".repeat(100), 1],
    ["x".repeat(101), 1],
    ["last", 1],
  ]);
  assert.deepEqual(texts(await receiveMany(client, 2)), ["e".repeat(100), "last"]);
  await settle(broker);
  await client.expectNothing();
});

trap("a message too large for the client takes no slot and is not tried again", async () => {
  onlyAkasa("in mosquitto 2.0.11 it takes a slot");
  await using broker = await startTestBroker();
  const properties = [
    [prop.maximumPacketSize, 60],
    [prop.receiveMaximum, 1],
  ] as const;
  const client = await RawClient.connected(broker, 5, lasting("limited", properties));
  await client.subscribe("quota/#", { qos: 2 });
  await publishAll(broker, [
    ["x".repeat(200), 1],
    ["x".repeat(200), 2],
    ["small", 2],
    ["x".repeat(200), 1],
    ["smaller", 1],
  ]);
  assert.deepEqual(texts(await receiveMany(client, 2)), ["small", "smaller"]);
  await client.cut();
  const again = await resumed(broker, "limited");
  await settle(broker);
  await again.expectNothing();
});

trap("a queued message too large for the returning client is dropped, the others come", async () => {
  onlyAkasa("in mosquitto 2.0.11 it takes a slot");
  await using broker = await startTestBroker();
  await (await limited(broker, prop.maximumPacketSize, 100_000)).disconnect();
  await publishAll(broker, [
    ["1", 1],
    ["x".repeat(200), 1],
    ["x".repeat(200), 2],
    ["2", 2],
  ]);
  const small = [
    [prop.maximumPacketSize, 60],
    [prop.receiveMaximum, 1],
  ] as const;
  const again = await resumed(broker, "limited", { properties: small });
  assert.deepEqual(texts(await receiveMany(again, 2)), ["1", "2"]);
  await settle(broker);
  await again.expectNothing();
});

trap("an unfinished message too large for the returning client is given up, the others are sent again", async () => {
  await using broker = await startTestBroker();
  const client = await limited(broker, prop.maximumPacketSize, 100_000);
  await publishAll(broker, [
    ["1", 1],
    ["x".repeat(200), 1],
    ["2", 1],
  ]);
  await arrived(broker, client, 3);
  await client.cut();
  const again = await resumed(broker, "limited", { properties: [[prop.maximumPacketSize, 60]] });
  assert.deepEqual(texts(await receiveMany(again, 2)), ["1", "2"]);
  await settle(broker);
  await again.expectNothing();
});

trap("a retained message too large for the client is left out, the others come", async () => {
  onlyAkasa("in mosquitto 2.0.11 it takes a slot");
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  for (const [topic, text] of [
    ["quota/1", "1"],
    ["quota/2", "x".repeat(200)],
    ["quota/3", "3"],
  ] as const) {
    await publisher.publishAcked(topic, text, { retain: true });
  }
  const client = await RawClient.connected(broker, 5, {
    properties: [
      [prop.maximumPacketSize, 60],
      [prop.receiveMaximum, 1],
    ],
  });
  await client.subscribe("quota/#", { qos: 1 });
  assert.deepEqual(texts(await receiveMany(client, 2)).toSorted(), ["1", "3"]);
  await settle(broker);
  await client.expectNothing();
});

trap("a message that only its topic alias would make too large is delivered", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5, {
    properties: [
      [prop.maximumPacketSize, sizeOf(0, 50)],
      [prop.topicAliasMaximum, 10],
    ],
  });
  await client.subscribe("quota/a");
  await publishAll(broker, [
    ["e".repeat(50), 1],
    ["f".repeat(50), 1],
  ]);
  assert.deepEqual(texts(await receiveMany(client, 2)), ["e".repeat(50), "f".repeat(50)]);
});

trap("the expiry of a message counts down for shared subscriptions too", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const member = await RawClient.connected(broker, 5, lasting("member"));
  await member.subscribe("$share/g/quota/a", { qos: 1 });
  await member.disconnect();
  const publisher = await RawClient.connected(broker, 5);
  for (const [text, seconds] of [
    ["short", 1],
    ["long", 10],
  ] as const) {
    await publisher.publishAcked("quota/a", text, { properties: [[prop.messageExpiryInterval, seconds]] });
  }
  await broker.advance(3000);
  const again = await resumed(broker, "member");
  const message = await again.receive();
  assert.equal(message.payload.toString(), "long");
  assert.ok([6, 7].includes(Number(property(message, prop.messageExpiryInterval))));
  await again.expectNothing();
});

trap("an expired message takes no slot of the client's window", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  await (await limited(broker, prop.receiveMaximum, 1)).disconnect();
  const publisher = await RawClient.connected(broker, 5);
  for (let count = 0; count < 5; count += 1) {
    await publisher.publishAcked("quota/a", "gone", { properties: [[prop.messageExpiryInterval, 1]] });
  }
  await publisher.publishAcked("quota/a", "here");
  await broker.advance(2000);
  const again = await resumed(broker, "limited", { properties: [[prop.receiveMaximum, 1]] });
  assert.deepEqual(texts(await arrived(broker, again, 1)), ["here"]);
});

for (const version of [3, 4] as const) {
  trap(
    `MQTT ${version === 3 ? "3.1" : "3.1.1"}: the expiry that a 5.0 publisher set applies to the stored copy`,
    async () => {
      await using broker = await startTestBroker({}, { manualClock: true });
      const away = await RawClient.connected(broker, version, lasting("old"));
      await away.subscribe("quota/#", { qos: 1 });
      await away.disconnect();
      const publisher = await RawClient.connected(broker, 5);
      const short = [[prop.messageExpiryInterval, 1]] as const;
      await publisher.publishAcked("quota/a", "gone", { properties: short });
      await publisher.publishAcked("quota/b", "gone", { retain: true, properties: short });
      await publisher.publishAcked("quota/a", "here");
      await broker.advance(2000);
      const again = await resumed(broker, "old", { version });
      assert.equal((await again.receive()).payload.toString(), "here");
      await again.subscribe("quota/b");
      await settle(broker);
      await again.expectNothing();
    },
  );
}
