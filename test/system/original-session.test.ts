import assert from "node:assert/strict";
import { onlyAkasa, RawClient, startTestBroker } from "../kit/mod.ts";
import { lasting } from "./lasting.ts";
import { versionNames, versions } from "./protocol-versions.ts";
import { scenario } from "./scenario.ts";

for (const version of versions) {
  const name = versionNames[version];

  for (const cleanAgain of [false, true]) {
    const way = cleanAgain ? "with" : "without";
    scenario(`a clean session is forgotten, whether the client comes back ${way} clean start (${name})`, async () => {
      await using broker = await startTestBroker();
      const before = await RawClient.connected(broker, version, { clientId: "id" });
      await before.subscribe("abc/1", { qos: 1 });
      await before.publishAcked("abc/1", "first");
      await before.next("publish");
      await before.disconnect();
      const after = await RawClient.open(broker, version);
      assert.equal((await after.connect({ clientId: "id", cleanStart: cleanAgain })).sessionPresent, false);
      await after.publishAcked("abc/1", "nobody subscribes");
      await after.expectNothing();
      await after.subscribe("abc/1", { qos: 1 });
      await after.publishAcked("abc/1", "new");
      const { payload, packetId } = await after.receive();
      assert.deepEqual([payload.toString(), packetId], ["new", 1]);
    });
  }

  scenario(`a stored session comes back with its subscription and what was not acknowledged (${name})`, async () => {
    await using broker = await startTestBroker();
    const before = await RawClient.connected(broker, version, lasting(version, "id"));
    await before.subscribe("abc/1", { qos: 1 });
    await before.publishAcked("abc/1", "first");
    const { packetId } = await before.take("publish");
    await before.disconnect();
    const after = await RawClient.open(broker, version);
    const connack = await after.connect(lasting(version, "id"));
    assert.equal(connack.sessionPresent, version !== 3);
    const again = await after.receive();
    assert.deepEqual([again.payload.toString(), again.packetId, again.dup], ["first", packetId, true]);
    await after.publishAcked("abc/1", "second");
    const next = await after.receive();
    assert.deepEqual([next.payload.toString(), next.dup], ["second", false]);
    assert.notEqual(next.packetId, packetId);
  });

  scenario(`a second connection takes the session over and the first one ends (${name})`, async () => {
    onlyAkasa("mosquitto 2.0.11 does not say why it ends the first connection");
    await using broker = await startTestBroker();
    const first = await RawClient.connected(broker, version, lasting(version, "id"));
    await first.subscribe("abc/1", { qos: 1 });
    await first.publishAcked("abc/1", "first");
    await first.receive();
    await first.ping();
    const second = await RawClient.open(broker, version);
    assert.equal((await second.connect(lasting(version, "id"))).sessionPresent, version !== 3);
    await first.expectDisconnect(0x8e);
    await second.publishAcked("abc/1", "second");
    assert.equal((await second.receive()).payload.toString(), "second");
    await second.expectNothing();
  });
}

for (const cleanStart of [true, false]) {
  scenario(
    `a 5.0 session ends when its time is over, begun ${cleanStart ? "with" : "without"} clean start`,
    async () => {
      await using broker = await startTestBroker({}, { manualClock: true });
      const before = await RawClient.connected(broker, 5, { ...lasting(5, "id", 2), cleanStart });
      await before.subscribe("abc/1", { qos: 1 });
      await before.publishAcked("abc/1", "x");
      await before.receive();
      await before.cut();
      await broker.advance(2_200);
      const after = await RawClient.open(broker, 5);
      assert.equal((await after.connect({ clientId: "id", cleanStart: false })).sessionPresent, false);
      await after.publishAcked("abc/1", "x");
      await after.expectNothing();
    },
  );
}

scenario("a 5.0 session is there as long as its time is not over", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const before = await RawClient.connected(broker, 5, lasting(5, "id", 2));
  await before.subscribe("abc/1", { qos: 1 });
  await before.cut();
  await broker.advance(1_200);
  const after = await RawClient.open(broker, 5);
  assert.equal((await after.connect(lasting(5, "id", 2))).sessionPresent, true);
  await after.publishAcked("abc/1", "still subscribed");
  assert.equal((await after.receive()).payload.toString(), "still subscribed");
});
