import assert from "node:assert/strict";
import { prop, type Property, RawClient, settle, startTestBroker, type TestBroker } from "../kit/mod.ts";
import { lasting } from "./lasting.ts";
import { versionNames, versions } from "./protocol-versions.ts";
import { scenario } from "./scenario.ts";

const will = { topic: "topic/1", payload: Buffer.from([1, 2, 3, 4]), qos: 1 };

for (const version of versions) {
  scenario(`the will of a client that is lost is published (${versionNames[version]})`, async () => {
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, version);
    await watcher.subscribe("topic/1", { qos: 1 });
    const client = await RawClient.connected(broker, version, { will });
    await watcher.expectNothing();
    await client.cut();
    const message = await watcher.receive();
    assert.deepEqual(
      [message.topic, message.payload, message.qos, message.retain],
      ["topic/1", will.payload, 1, false],
    );
    await watcher.expectNothing();
  });

  scenario(`the will of a client that says good-bye is not published (${versionNames[version]})`, async () => {
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, version);
    await watcher.subscribe("topic/1", { qos: 1 });
    const client = await RawClient.connected(broker, version, { will });
    await client.disconnect();
    await settle(broker);
    await watcher.expectNothing();
  });
}

const delay: Property[] = [[prop.willDelayInterval, 2]];

/** A client whose will waits two seconds is lost over a mistake of its own; returns who would see the will. */
async function lostWithDelay(broker: TestBroker): Promise<RawClient> {
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("topic/1", { qos: 2 });
  const delayed = { topic: "topic/1", payload: "will message", properties: delay };
  const client = await RawClient.connected(broker, 5, { ...lasting(5, "id", 60), will: delayed });
  client.send(Buffer.from("invalid data".repeat(20)));
  await client.expectClosed();
  return watcher;
}

scenario("a delayed will is published when its delay is over, and not before", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const watcher = await lostWithDelay(broker);
  await broker.advance(1_800);
  await watcher.expectNothing();
  await broker.advance(400);
  assert.equal((await watcher.receive()).payload.toString(), "will message");
  await broker.advance(60_000);
  await watcher.expectNothing();
});

scenario("a delayed will is not published when the client comes back in time", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const watcher = await lostWithDelay(broker);
  await broker.advance(1_000);
  const back = await RawClient.open(broker, 5);
  assert.equal((await back.connect(lasting(5, "id", 60))).sessionPresent, true);
  await broker.advance(60_000);
  await watcher.expectNothing();
});
