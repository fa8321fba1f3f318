import assert from "node:assert/strict";
import { packets, pitfall, prop, RawClient, settle, startTestBroker, type Version } from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { receiveMany, texts } from "../receive-many.ts";
import { watching } from "../v5.0/watching.ts";

// What the Rust original does wrong with messages under way: QoS 2, windows, resends and slow readers.

const versions = [3, 4, 5] as const;
const names: Readonly<Record<Version, string>> = { 3: "3.1", 4: "3.1.1", 5: "5.0" };

for (const version of versions) {
  pitfall("original 4", `${names[version]}: QoS 2 sent again with DUP is the same message, not an error`, async () => {
    await using broker = await startTestBroker();
    const watcher = await watching(broker, "twice");
    const first = await RawClient.connected(broker, version, lasting("publisher"));
    first.publish("twice", "once", { qos: 2, packetId: 7 });
    assert.equal((await first.next("pubrec")).reasonCode, 0);
    first.publish("twice", "once", { qos: 2, packetId: 7, dup: true });
    assert.equal((await first.next("pubrec")).reasonCode, 0);
    await first.cut();
    const second = await resumed(broker, "publisher", { version });
    second.publish("twice", "once", { qos: 2, packetId: 7, dup: true });
    assert.equal((await second.next("pubrec")).reasonCode, 0);
    second.send(packets.pubrel(7));
    assert.equal((await second.next("pubcomp")).reasonCode, 0);
    await settle(broker);
    assert.deepEqual(texts(await receiveMany(watcher, 1)), ["once"]);
    await watcher.expectNothing();
  });

  pitfall("original 4", `${names[version]}: PUBREL for a forgotten packet id is answered, nothing ends`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version);
    client.send(packets.pubrel(99));
    const { packetId, reasonCode } = await client.next("pubcomp");
    assert.deepEqual([packetId, reasonCode], [99, version === 5 ? 0x92 : 0]);
    await client.expectNothing();
  });

  pitfall("original 8", `${names[version]}: a subscriber that does not read holds nobody up`, async () => {
    await using broker = await startTestBroker();
    const frozen = await RawClient.connected(broker, version);
    await frozen.subscribe("load", { qos: 0 });
    frozen.pauseReading();
    const awake = await RawClient.connected(broker, version);
    await awake.subscribe("load", { qos: 1 });
    const publisher = await RawClient.connected(broker, version);
    // More than both sockets' buffers and the broker's own limit can hold for the one that does not read.
    const payload = Buffer.alloc(65_536);
    for (let count = 0; count < 320; count += 1) {
      await publisher.publishAcked("load", payload);
      assert.equal((await awake.receive()).payload.length, payload.length);
    }
    frozen.resumeReading();
    await frozen.ping();
    assert.ok(frozen.drain().length < 320, "what did not fit was dropped for this client alone");
  });

  pitfall("original 9", `${names[version]}: one slow acknowledgement does not stop the others`, async () => {
    await using broker = await startTestBroker({ max_inflight_client: 3 });
    const client = await RawClient.connected(broker, version, lasting("slow"));
    await client.subscribe("slow", { qos: 1 });
    const publisher = await RawClient.connected(broker, version);
    const numbers = Array.from({ length: 30 }, (_, index) => `${index}`);
    for (const text of numbers) await publisher.publishAcked("slow", text);
    const slow = await client.next("publish");
    assert.equal(slow.payload.toString(), "0");
    assert.deepEqual(texts(await receiveMany(client, 29)), numbers.slice(1));
    await client.acknowledge(slow);
    await client.expectNothing();
  });

  pitfall("original 10", `${names[version]}: nothing is sent again while the connection lives`, async () => {
    await using broker = await startTestBroker({}, { manualClock: true });
    const client = await RawClient.connected(broker, version, lasting("patient"));
    await client.subscribe("wait/#", { qos: 2 });
    const publisher = await RawClient.connected(broker, version);
    await publisher.publishAcked("wait/1", "one", { qos: 1 });
    await publisher.publishAcked("wait/2", "two", { qos: 2 });
    await publisher.publishAcked("wait/3", "three", { qos: 2 });
    const ids = [];
    for (let count = 0; count < 3; count += 1) ids.push((await client.next("publish")).packetId);
    client.send(packets.pubrec(ids[2] ?? 0));
    await client.next("pubrel");
    for (let minute = 0; minute < 10; minute += 1) {
      await broker.advance(60_000);
      await client.expectNothing();
    }
    await client.cut();
    const again = await resumed(broker, "patient", { version });
    assert.deepEqual(
      [await again.take("publish"), await again.take("publish")].map(({ dup, packetId }) => [dup, packetId]),
      [
        [true, ids[0]],
        [true, ids[1]],
      ],
    );
    assert.equal((await again.take("pubrel")).packetId, ids[2]);
    await again.expectNothing();
  });
}

pitfall("original 11", "PUBREC of 0x80 or more ends the message: no PUBREL comes, also not on resume", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5, lasting("refuses", [[prop.receiveMaximum, 1]]));
  await client.subscribe("refused", { qos: 2 });
  const publisher = await RawClient.connected(broker, 5);
  for (const reasonCode of [0x80, 0x83, 0x87, 0x90, 0x97, 0x99]) {
    await publisher.publishAcked("refused", "x", { qos: 2 });
    const { packetId } = await client.next("publish");
    client.send(packets.pubrec(packetId, { reasonCode }));
    await settle(broker);
    await client.expectNothing();
  }
  await client.cut();
  const again = await resumed(broker, "refuses");
  await settle(broker);
  await again.expectNothing();
});
