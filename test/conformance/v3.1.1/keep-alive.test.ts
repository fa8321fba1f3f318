import assert from "node:assert/strict";
import { RawClient, startTestBroker, statement } from "../../kit/mod.ts";

statement("3.1.1", "MQTT-3.1.2-24", "a silent client is cut off after one and a half keep-alive times", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("will");
  const silent = await RawClient.connected(broker, 4, { keepAlive: 2, will: { topic: "will", payload: "silent" } });
  await silent.subscribe("a");
  await broker.advance(2_900);
  // What the broker sends does not count; that it arrives shows that the connection is still there.
  watcher.publish("a", "hello");
  assert.equal((await silent.receive()).payload.toString(), "hello");
  await watcher.expectNothing();
  await broker.advance(1_100);
  assert.deepEqual(await silent.expectClosed(), []);
  assert.equal((await watcher.receive()).payload.toString(), "silent");
});

statement("3.1.1", "MQTT-3.1.2-24", "a client that pings in time stays connected", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const client = await RawClient.connected(broker, 4, { keepAlive: 2 });
  for (let second = 0; second < 10; second += 1) {
    await broker.advance(1_000);
    await client.ping();
  }
});

statement("3.1.1", "MQTT-3.1.2-24", "a client without keep-alive stays connected", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const client = await RawClient.connected(broker, 4, { keepAlive: 0 });
  await broker.advance(24 * 3600 * 1000);
  await client.ping();
});
