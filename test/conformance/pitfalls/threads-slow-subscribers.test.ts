import assert from "node:assert/strict";
import { startTestAdmin } from "../../kit/admin-under-test.ts";
import { onlyAkasa, pitfall, prop, RawClient, settle, startTestBroker, type Target } from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { receiveMany, texts } from "../receive-many.ts";

// Together more than what the system keeps for a socket that nobody reads.
const large = "x".repeat(128 * 1024);
const many = 320;

function numbered(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `${from + index}`);
}

async function subscriber(broker: Target, clientId: string, qos: number): Promise<RawClient> {
  const client = await RawClient.connected(broker, 5, lasting(clientId, [[prop.receiveMaximum, 65_535]]));
  await client.subscribe("feed/#", { qos });
  return client;
}

pitfall("thread 1", "a subscriber that hangs holds up neither the publisher nor the others, QoS 0", async () => {
  await using broker = await startTestBroker();
  const frozen = await subscriber(broker, "frozen", 0);
  const healthy = await subscriber(broker, "healthy", 0);
  const publisher = await RawClient.connected(broker, 5);
  frozen.pauseReading();
  for (let number = 0; number < many; number += 1) {
    publisher.publish(`feed/${number}`, large);
    assert.equal((await healthy.receive()).topic, `feed/${number}`);
  }
  await publisher.ping();
  await healthy.expectNothing();
});

pitfall("thread 1", "a subscriber that hangs holds up neither the publisher nor the others, QoS 1", async () => {
  await using broker = await startTestBroker();
  const frozen = await subscriber(broker, "frozen", 1);
  const healthy = await subscriber(broker, "healthy", 1);
  const publisher = await RawClient.connected(broker, 5);
  frozen.pauseReading();
  for (let number = 0; number < many; number += 1) {
    assert.equal((await publisher.publishAcked(`feed/${number}`, large)).reasonCode, 0);
    assert.equal((await healthy.receive()).topic, `feed/${number}`);
  }
  await healthy.expectNothing();
  frozen.resumeReading();
  const late = await receiveMany(frozen, many);
  assert.deepEqual(
    late.map(({ topic }) => topic),
    numbered(many).map((number) => `feed/${number}`),
  );
});

pitfall("thread 1", "many subscribers that hang at once hold up nobody", async () => {
  await using broker = await startTestBroker();
  for (const number of numbered(20)) (await subscriber(broker, `frozen ${number}`, 1)).pauseReading();
  const healthy = await subscriber(broker, "healthy", 1);
  const publisher = await RawClient.connected(broker, 5);
  for (const number of numbered(200)) {
    await publisher.publishAcked("feed/a", number);
    assert.equal((await healthy.receive()).payload.toString(), number);
  }
  await settle(broker);
  await healthy.expectNothing();
});

pitfall(
  "thread 1",
  "a subscriber that acknowledges nothing does not stop the flow to others after a while",
  async () => {
    await using broker = await startTestBroker();
    const silent = await RawClient.connected(broker, 4);
    await silent.subscribe("feed/#", { qos: 1 });
    const healthy = await subscriber(broker, "healthy", 1);
    const publisher = await RawClient.connected(broker, 4);
    for (const number of numbered(1000)) {
      await publisher.publishAcked("feed/a", number);
      assert.equal((await healthy.receive()).payload.toString(), number);
    }
    // It is still served: a slot that it frees is filled.
    const [first] = await receiveMany(silent, 1);
    assert.equal(first?.payload.toString(), "0");
    await silent.ping();
    await healthy.expectNothing();
  },
);

pitfall(
  "thread 2",
  "for a subscriber that hangs QoS 0 is dropped and counted, not kept; reading again it gets what is new",
  async () => {
    onlyAkasa("its metrics are read");
    await using broker = await startTestAdmin();
    const frozen = await subscriber(broker, "frozen", 0);
    const publisher = await RawClient.connected(broker, 5);
    frozen.pauseReading();
    for (let number = 0; number < many; number += 1) {
      publisher.publish("feed/a", large);
      await publisher.ping();
    }
    frozen.resumeReading();
    await frozen.ping();
    const old = frozen.drain();
    assert.ok(old.length > 0 && old.length < many, `${old.length} of ${many} messages came`);
    // Not one is missing without a word: what did not come stands in the metrics, with the reason.
    const dropped = await broker.metric("akasa_messages_dropped_total", { reason: "slow_consumer" });
    assert.equal(dropped, many - old.length);
    publisher.publish("feed/a", "new");
    assert.equal((await frozen.receive()).payload.toString(), "new");
  },
);

pitfall(
  "thread 3",
  "thousands of messages that wait for a client that is away leave the others all theirs",
  async () => {
    await using broker = await startTestBroker({ max_inflight_client: 65_535 });
    const away = await subscriber(broker, "away", 1);
    const publisher = await RawClient.connected(broker, 5);
    const inFlight = numbered(3000);
    for (const number of inFlight) await publisher.publishAcked("feed/a", number);
    for (const _ of inFlight) await away.next("publish");
    await away.cut();
    const other = await RawClient.connected(broker, 5);
    await other.subscribe("feed/#", { qos: 1 });
    const queued = numbered(3000, 3000);
    for (const number of queued) {
      assert.equal((await publisher.publishAcked("feed/a", number)).reasonCode, 0);
      assert.equal((await other.receive()).payload.toString(), number);
    }
    await other.expectNothing();
    const back = await resumed(broker, "away", { properties: [[prop.receiveMaximum, 65_535]] });
    const received = await receiveMany(back, 6000);
    assert.deepEqual(texts(received), [...inFlight, ...queued]);
    assert.deepEqual(
      received.map(({ dup }) => dup),
      [...inFlight.map(() => true), ...queued.map(() => false)],
    );
  },
);
