import assert from "node:assert/strict";
import { difference31, fence, packets, RawClient, startTestBroker } from "../../kit/mod.ts";

const session = { clientId: "stored", cleanStart: false } as const;
const will = { topic: "will", payload: "gone" } as const;

difference31(17, "a silent client is cut off after one and a half keep-alive times", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const client = await RawClient.connected(broker, 3, { keepAlive: 10 });
  await broker.advance(14_000);
  await client.ping();
  await broker.advance(14_000);
  await client.ping();
  await broker.advance(16_500);
  assert.deepEqual(await client.expectClosed(), []);
});

difference31(17, "the will is sent after a cut and not after DISCONNECT", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("will", { qos: 2 });
  await (await RawClient.connected(broker, 3, { will: { ...will, qos: 2 } })).cut();
  const message = await watcher.receive();
  assert.deepEqual([message.payload.toString(), message.qos], ["gone", 2]);
  await (await RawClient.connected(broker, 3, { will })).disconnect();
  await fence(watcher, watcher);
  await watcher.expectNothing();
});

difference31(17, "messages go at each QoS between 3.1 clients, through wildcards", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 3);
  const subscriber = await RawClient.connected(broker, 3);
  await subscriber.subscribe("a/+/c/#", { qos: 2 });
  publisher.publish("a/b/c", "0");
  for (const qos of [1, 2]) await publisher.publishAcked("a/b/c/d", `${qos}`, { qos });
  await publisher.publishAcked("a/c", "no match");
  for (const qos of [0, 1, 2]) {
    const message = await subscriber.receive();
    assert.deepEqual([message.payload.toString(), message.qos], [`${qos}`, qos]);
  }
  await fence(publisher, subscriber);
  await subscriber.expectNothing();
});

difference31(17, "a session that is not clean keeps subscriptions, the queue and what was under way", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, 3);
  const first = await RawClient.connected(broker, 3, session);
  await first.subscribe("a", { qos: 2 });
  await publisher.publishAcked("a", "under way", { qos: 1 });
  await publisher.publishAcked("a", "received", { qos: 2 });
  await first.next("publish");
  const { packetId } = await first.next("publish");
  first.send(packets.pubrec(packetId));
  await first.next("pubrel");
  await first.cut();
  await publisher.publishAcked("a", "waited", { qos: 2 });
  const second = await RawClient.connected(broker, 3, session);
  assert.equal((await second.take("pubrel")).packetId, packetId);
  second.send(packets.pubcomp(packetId));
  const again = await second.receive();
  assert.deepEqual([again.payload.toString(), again.dup], ["under way", true]);
  const waited = await second.receive();
  assert.deepEqual([waited.payload.toString(), waited.dup], ["waited", false]);
  await second.expectNothing();
});

difference31(17, "a clean session forgets what was stored", async () => {
  await using broker = await startTestBroker();
  const first = await RawClient.connected(broker, 3, session);
  await first.subscribe("a", { qos: 1 });
  await first.disconnect();
  const clean = await RawClient.connected(broker, 3, { clientId: session.clientId });
  await clean.disconnect();
  const after = await RawClient.connected(broker, 3, session);
  await after.publishAcked("a", "x");
  await after.expectNothing();
});
