import assert from "node:assert/strict";
import { difference31, packets, prop, type Property, RawClient, startTestBroker } from "../../kit/mod.ts";

const versions = [3, 4] as const;
const properties: readonly Property[] = [
  [prop.payloadFormatIndicator, 1],
  [prop.contentType, "text/plain"],
  [prop.responseTopic, "answers"],
  [prop.correlationData, Buffer.from([1, 2])],
  [prop.userProperty, ["name", "value"]],
];

difference31(18, "a 5.0 message arrives without its properties", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 5);
  for (const version of versions) {
    const subscriber = await RawClient.connected(broker, version);
    await subscriber.subscribe("a");
    publisher.publish("a", "hello", { properties });
    assert.equal((await subscriber.next("publish")).raw.toString("hex"), "3008000161" + "68656c6c6f");
  }
});

difference31(18, "a will with properties arrives without them", async () => {
  await using broker = await startTestBroker();
  for (const version of versions) {
    const subscriber = await RawClient.connected(broker, version);
    await subscriber.subscribe("w");
    await (await RawClient.connected(broker, 5, { will: { topic: "w", payload: "x", properties } })).cut();
    assert.equal((await subscriber.next("publish")).raw.toString("hex"), "300400017778");
  }
});

difference31(18, "acknowledgements have no reason code, even where 5.0 would tell one", async () => {
  await using broker = await startTestBroker();
  for (const version of versions) {
    const client = await RawClient.connected(broker, version);
    // No subscriber: a 5.0 client may be told 0x10.
    assert.equal((await client.publishAcked("nobody", "x", { qos: 1, packetId: 1 })).raw.toString("hex"), "40020001");
    // Ids that are not in use: a 5.0 client is told 0x92.
    client.send(packets.pubrel(2), packets.pubrec(3));
    assert.equal((await client.next("pubcomp")).raw.toString("hex"), "70020002");
    assert.equal((await client.next("pubrel")).raw.toString("hex"), "62020003");
    // Never subscribed: a 5.0 client is told 0x11.
    assert.deepEqual((await client.unsubscribe("never")).reasonCodes, []);
  }
});

difference31(18, "whatever ends the connection, no DISCONNECT is sent", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  for (const version of versions) {
    const offender = await RawClient.connected(broker, version);
    offender.send(packets.publish({ version, topic: "a/#" }));
    assert.deepEqual(await offender.expectClosed(), []);
    const takenOver = await RawClient.connected(broker, version);
    await RawClient.connected(broker, version, { clientId: takenOver.clientId });
    assert.deepEqual(await takenOver.expectClosed(), []);
    const silent = await RawClient.connected(broker, version, { keepAlive: 1 });
    await broker.advance(3_000);
    assert.deepEqual(await silent.expectClosed(), []);
  }
});

difference31(18, "whatever makes a filter fail, 3.1.1 is told 0x80", async () => {
  await using broker = await startTestBroker({
    wildcard_subscription_available: false,
    shared_subscription_available: false,
  });
  const client = await RawClient.connected(broker, 4);
  const filters = [{ filter: "a/+" }, { filter: "$share/group/a" }, { filter: "a" }];
  assert.deepEqual((await client.subscribe(filters)).reasonCodes, [0x80, 0x80, 0]);
});

difference31(18, "the expiry that a 5.0 publisher set holds for a copy that waits for a 3.x session", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const publisher = await RawClient.connected(broker, 5);
  for (const version of versions) {
    const session = { clientId: `away${version}`, cleanStart: false };
    const before = await RawClient.connected(broker, version, session);
    await before.subscribe("a", { qos: 1 });
    await before.disconnect();
    const expiring = (seconds: number) => ({ properties: [[prop.messageExpiryInterval, seconds]] as const });
    await publisher.publishAcked("a", "expired", expiring(10));
    await publisher.publishAcked("a", "in time", expiring(100));
    await broker.advance(11_000);
    const after = await RawClient.connected(broker, version, session);
    assert.equal((await after.receive()).payload.toString(), "in time");
    await after.expectNothing();
    await after.disconnect();
  }
});

difference31(18, "the expiry that a 5.0 publisher set holds for a retained message", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked("a", "x", { retain: true, properties: [[prop.messageExpiryInterval, 10]] });
  await broker.advance(11_000);
  for (const version of versions) {
    const subscriber = await RawClient.connected(broker, version);
    await subscriber.subscribe("a");
    await subscriber.expectNothing();
  }
});
