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
  trap,
  type Version,
} from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { receiveMany, texts } from "../receive-many.ts";

const versions = [3, 4, 5] as const;
const names: Readonly<Record<Version, string>> = { 3: "MQTT 3.1", 4: "MQTT 3.1.1", 5: "MQTT 5.0" };

/** PUBREL for a received message, answered by PUBCOMP. */
async function release(publisher: RawClient, packetId: number): Promise<number> {
  publisher.send(packets.pubrel(packetId));
  return (await publisher.take("pubcomp", { packetId })).reasonCode;
}

for (const version of versions) {
  const name = names[version];

  trap(`${name}: DUP of a publisher is not passed on, at no QoS`, async () => {
    await using broker = await startTestBroker();
    const subscriber = await RawClient.connected(broker, version);
    const publisher = await RawClient.connected(broker, version);
    for (const granted of [0, 1, 2]) {
      await subscriber.subscribe("dup", { qos: granted });
      for (const qos of [1, 2]) {
        await publisher.publishAcked("dup", "x", { qos, dup: true });
        assert.equal((await subscriber.receive()).dup, false);
      }
    }
  });

  trap(`${name}: on resume the unfinished comes first, in its order, then what was queued`, async () => {
    await using broker = await startTestBroker();
    const subscriber = await RawClient.connected(broker, version, lasting("back"));
    const publisher = await RawClient.connected(broker, version);
    await subscriber.subscribe("order", { qos: 2 });
    const open: PublishPacket[] = [];
    for (const [text, qos] of [
      ["1", 1],
      ["2", 2],
      ["3", 2],
      ["4", 1],
    ] as const) {
      await publisher.publishAcked("order", text, { qos });
      open.push(await subscriber.next("publish"));
    }
    const ids = open.map(({ packetId }) => packetId);
    subscriber.send(packets.pubrec(ids[1] ?? 0));
    await subscriber.next("pubrel");
    await subscriber.cut();
    for (const text of ["5", "6"]) await publisher.publishAcked("order", text, { qos: 1 });
    const again = await resumed(broker, "back", { version });
    assert.equal((await again.take("pubrel")).packetId, ids[1]);
    const messages = [];
    for (let count = 0; count < 5; count += 1) messages.push(await again.next("publish"));
    assert.deepEqual(texts(messages), ["1", "3", "4", "5", "6"]);
    assert.deepEqual(
      messages.slice(0, 3).map(({ packetId, dup }) => [packetId, dup]),
      [ids[0], ids[2], ids[3]].map((packetId) => [packetId, true]),
    );
    assert.deepEqual(
      messages.slice(3).map(({ dup }) => dup),
      [false, false],
    );
    await again.expectNothing();
  });

  trap(`${name}: live messages do not overtake the offline queue at resume`, async () => {
    await using broker = await startTestBroker();
    const subscriber = await RawClient.connected(broker, version, lasting("back"));
    const publisher = await RawClient.connected(broker, version);
    await subscriber.subscribe("order", { qos: 1 });
    await subscriber.disconnect();
    const numbers = Array.from({ length: 500 }, (_, index) => `${index}`);
    for (const text of numbers.slice(0, 300)) await publisher.publishAcked("order", text);
    const again = await RawClient.open(broker, version);
    again.send(packets.connect({ version, ...lasting("back") }));
    for (const text of numbers.slice(300)) await publisher.publishAcked("order", text);
    await again.next("connack");
    assert.deepEqual(texts(await receiveMany(again, numbers.length)), numbers);
  });

  trap(`${name}: the id alone marks a repeated QoS 2 message, whatever DUP says, also after resume`, async () => {
    await using broker = await startTestBroker();
    const subscriber = await RawClient.connected(broker, version);
    await subscriber.subscribe("once", { qos: 1 });
    const publisher = await RawClient.connected(broker, version, lasting("publisher"));
    publisher.publish("once", "x", { qos: 2, packetId: 9 });
    await publisher.next("pubrec");
    await publisher.cut();
    const back = await resumed(broker, "publisher", { version });
    back.publish("once", "x", { qos: 2, packetId: 9 });
    assert.equal((await back.next("pubrec")).reasonCode, 0);
    assert.equal(await release(back, 9), 0);
    await subscriber.receive();
    await settle(broker);
    await subscriber.expectNothing();
  });

  trap(`${name}: a new session knows nothing of received QoS 2 messages`, async () => {
    await using broker = await startTestBroker();
    const subscriber = await RawClient.connected(broker, version);
    await subscriber.subscribe("once", { qos: 1 });
    const publisher = await RawClient.connected(broker, version, lasting("publisher"));
    publisher.publish("once", "old", { qos: 2, packetId: 9 });
    await publisher.next("pubrec");
    await publisher.cut();
    const fresh = await RawClient.connected(broker, version, { clientId: "publisher", cleanStart: true });
    fresh.publish("once", "new", { qos: 2, packetId: 9, dup: true });
    await fresh.next("pubrec");
    await release(fresh, 9);
    await settle(broker);
    const received = [(await subscriber.receive()).payload.toString()];
    // A broker that delivers at PUBREL has never delivered the old one.
    if (received[0] === "old") received.push((await subscriber.receive()).payload.toString());
    assert.equal(received.at(-1), "new");
    await subscriber.expectNothing();
  });

  trap(`${name}: PUBREC and PUBREL for unknown ids are answered, and nothing ends`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version);
    client.send(packets.pubrec(77));
    assert.equal((await client.next("pubrel")).packetId, 77);
    client.send(packets.pubrel(78));
    assert.equal((await client.next("pubcomp")).packetId, 78);
    client.send(packets.puback(79), packets.pubcomp(80));
    await client.expectNothing();
  });

  trap(`${name}: one packet id can be under way in both directions`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version);
    const other = await RawClient.connected(broker, version);
    await client.subscribe("in", { qos: 2 });
    await other.publishAcked("in", "x", { qos: 2 });
    const { packetId } = await client.next("publish");
    client.publish("out", "x", { qos: 2, packetId });
    assert.equal((await client.next("pubrec")).packetId, packetId);
    client.send(packets.pubrec(packetId));
    assert.equal((await client.next("pubrel")).packetId, packetId);
    client.send(packets.pubcomp(packetId), packets.pubrel(packetId));
    assert.equal((await client.next("pubcomp")).packetId, packetId);
    await client.expectNothing();
  });

  trap(`${name}: acknowledgements come in the order of the messages, per QoS`, async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, version);
    const sent: Buffer[] = [];
    for (let packetId = 1; packetId <= 20; packetId += 1) {
      const qos = packetId % 3 === 0 ? 2 : 1;
      sent.push(packets.publish({ version, topic: "acks", payload: "x", qos, packetId, retain: packetId % 5 === 0 }));
    }
    publisher.send(...sent);
    const pubacks: number[] = [];
    const pubrecs: number[] = [];
    for (let count = 0; count < sent.length; count += 1) {
      const packet = await publisher.next();
      if (packet.type === "puback") pubacks.push(packet.packetId);
      if (packet.type === "pubrec") pubrecs.push(packet.packetId);
    }
    assert.deepEqual(pubrecs, [3, 6, 9, 12, 15, 18]);
    assert.deepEqual(pubacks, [1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20]);
  });

  trap(`${name}: what was acknowledged to the publisher is there for an offline session`, async () => {
    await using broker = await startTestBroker();
    const subscriber = await RawClient.connected(broker, version, lasting("away"));
    await subscriber.subscribe("owned", { qos: 2 });
    await subscriber.cut();
    const publisher = await RawClient.connected(broker, version, lasting("publisher"));
    await publisher.publishAcked("owned", "1", { qos: 1 });
    const packetId = publisher.publish("owned", "2", { qos: 2 });
    await publisher.next("pubrec");
    publisher.reset();
    const back = await resumed(broker, "publisher", { version });
    await release(back, packetId);
    const again = await resumed(broker, "away", { version });
    assert.deepEqual(texts(await receiveMany(again, 2)), ["1", "2"]);
  });

  trap(`${name}: a publisher nobody listens to is answered with success`, async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, version);
    assert.ok([0x00, 0x10].includes((await publisher.publishAcked("nobody", "x")).reasonCode));
    const packetId = publisher.publish("nobody", "x", { qos: 2 });
    assert.ok([0x00, 0x10].includes((await publisher.next("pubrec")).reasonCode));
    assert.equal(await release(publisher, packetId), 0);
  });
}

trap("after 65,535 messages the broker skips the ids that are still under way", async () => {
  onlyAkasa("mosquitto 2.0.11 gives the ids out again");
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 4);
  const publisher = await RawClient.connected(broker, 4);
  await subscriber.subscribe("wrap", { qos: 2 });
  const held: number[] = [];
  for (const qos of [1, 2]) {
    await publisher.publishAcked("wrap", "held", { qos });
    held.push((await subscriber.next("publish")).packetId);
  }
  const batch = 100;
  const seen = new Set(held);
  // A little more than once around, a whole batch at a time: one by one takes the kit too long.
  for (let sent = 0; sent < 66_000; sent += batch) {
    for (let count = 0; count < batch; count += 1) publisher.publish("wrap", "x", { qos: 1 });
    await publisher.ping();
    assert.equal(publisher.drain().length, batch);
    await subscriber.ping();
    const ids = subscriber.drain().map((packet) => (packet.type === "publish" ? packet.packetId : 0));
    for (const packetId of ids) {
      assert.ok(packetId !== 0 && !held.includes(packetId), `packet id ${packetId} is still in use`);
      seen.add(packetId);
    }
    subscriber.send(...ids.map((packetId) => packets.puback(packetId)));
  }
  assert.ok(seen.size > 60_000, `the broker used ${seen.size} ids only, so it never came around`);
});

trap("a client's SUBSCRIBE, UNSUBSCRIBE and PUBLISH may follow each other with one id", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  const packetId = 7;
  await client.subscribe("a", { packetId });
  client.publish("b", "x", { qos: 1, packetId });
  await client.next("puback");
  client.send(packets.unsubscribe({ version: 5, packetId, filters: ["a"] }));
  await client.next("unsuback");
  client.publish("b", "x", { qos: 2, packetId });
  await client.next("pubrec");
  assert.equal(await release(client, packetId), 0);
});

trap("every length of an acknowledgement is understood, and so is every length of DISCONNECT", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  const properties = [
    [prop.reasonString, "well"],
    [prop.userProperty, ["a", "b"]],
  ] as const;
  const client = await RawClient.connected(broker, 5);
  await client.subscribe("forms", { qos: 2 });
  for (const fields of [{}, { reasonCode: 0 }, { reasonCode: 0, properties: [] }, { reasonCode: 0, properties }]) {
    await publisher.publishAcked("forms", "1", { qos: 1 });
    client.send(packets.puback((await client.next("publish")).packetId, fields));
    await publisher.publishAcked("forms", "2", { qos: 2 });
    const { packetId } = await client.next("publish");
    client.send(packets.pubrec(packetId, fields));
    await client.next("pubrel");
    client.send(packets.pubcomp(packetId, fields));
    client.publish("other", "x", { qos: 2, packetId: 5 });
    await client.next("pubrec");
    client.send(packets.pubrel(5, fields));
    assert.equal((await client.next("pubcomp")).reasonCode, 0);
    await client.expectNothing();
    await (await RawClient.connected(broker, 5)).disconnect(fields);
  }
});

trap("server-only properties in a client's PUBLISH end the connection and reach nobody", async () => {
  onlyAkasa("mosquitto 2.0.11 takes a Subscription Identifier and ignores it");
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("wrong");
  const wrong = [
    [prop.subscriptionIdentifier, 1],
    [prop.assignedClientIdentifier, "x"],
    [prop.serverKeepAlive, 1],
    [prop.reasonString, "x"],
    [prop.receiveMaximum, 1],
    [prop.maximumQos, 1],
    [prop.sessionExpiryInterval, 1],
    [prop.willDelayInterval, 1],
  ] as const;
  for (const entry of wrong) {
    const publisher = await RawClient.connected(broker, 5);
    publisher.publish("wrong", "x", { properties: [entry] });
    const closed = await publisher.expectClosed();
    for (const packet of closed) assert.ok(packet.type === "disconnect" && [0x81, 0x82].includes(packet.reasonCode));
  }
  await settle(broker);
  await watcher.expectNothing();
});

trap("a topic alias says the same for two connections only by chance", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("alias/#");
  const publishers = [await RawClient.connected(broker, 5), await RawClient.connected(broker, 5)];
  for (const [index, publisher] of publishers.entries()) {
    publisher.publish(`alias/${index}`, "x", { properties: [[prop.topicAlias, 1]] });
    await watcher.receive();
  }
  for (const [index, publisher] of publishers.entries()) {
    publisher.publish("", "x", { properties: [[prop.topicAlias, 1]] });
    assert.equal((await watcher.receive()).topic, `alias/${index}`);
  }
});

trap("aliases of the two directions are independent", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5, { properties: [[prop.topicAliasMaximum, 5]] });
  const other = await RawClient.connected(broker, 5);
  await client.subscribe("down/+");
  for (const topic of ["down/1", "down/2", "down/1"]) {
    await other.publishAcked(topic, "x");
    assert.equal((await client.receive()).topic, topic);
  }
  await other.subscribe("up");
  client.publish("up", "x", { properties: [[prop.topicAlias, 1]] });
  client.publish("", "y", { properties: [[prop.topicAlias, 1]] });
  assert.deepEqual(texts(await receiveMany(other, 2)), ["x", "y"]);
  await other.publishAcked("down/1", "z");
  assert.equal((await client.receive()).topic, "down/1");
});

trap("an alias stands although the message that set it was refused", async () => {
  await using broker = await startTestBroker({ max_retained_messages: 0 });
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("alias");
  const publisher = await RawClient.connected(broker, 5);
  publisher.publish("alias", "refused", { qos: 1, retain: true, properties: [[prop.topicAlias, 1]] });
  assert.equal((await publisher.next("puback")).reasonCode, 0x97);
  publisher.publish("", "taken", { qos: 1, properties: [[prop.topicAlias, 1]] });
  assert.equal((await publisher.next("puback")).reasonCode, 0x00);
  assert.equal((await watcher.receive()).payload.toString(), "taken");
  await watcher.expectNothing();
});

trap("without Topic Alias Maximum in CONNACK no alias is taken", async () => {
  await using broker = await startTestBroker({ topic_alias_max: 0 });
  const publisher = await RawClient.open(broker, 5);
  assert.equal(property(await publisher.connect(), prop.topicAliasMaximum) ?? 0, 0);
  publisher.publish("alias", "x", { properties: [[prop.topicAlias, 1]] });
  await publisher.expectDisconnect(0x94);
});

trap("what is sent again on resume has its whole topic, since the aliases are gone", async () => {
  await using broker = await startTestBroker();
  const aliases = [[prop.topicAliasMaximum, 10]] as const;
  const subscriber = await RawClient.connected(broker, 5, lasting("aliased", aliases));
  const publisher = await RawClient.connected(broker, 5);
  await subscriber.subscribe("long/topic", { qos: 1 });
  for (const text of ["1", "2", "3"]) await publisher.publishAcked("long/topic", text);
  for (let count = 0; count < 3; count += 1) await subscriber.next("publish");
  await subscriber.cut();
  const without = await resumed(broker, "aliased");
  for (const expected of ["1", "2", "3"]) {
    const message = await without.next("publish");
    assert.deepEqual([message.wireTopic.toString(), message.payload.toString()], ["long/topic", expected]);
  }
  await without.cut();
  // The kit's reader forgets the aliases too: an alias of the old connection would be a breach.
  const withAliases = await resumed(broker, "aliased", { properties: aliases });
  assert.deepEqual(
    (await receiveMany(withAliases, 3)).map(({ topic }) => topic),
    ["long/topic", "long/topic", "long/topic"],
  );
});
