import assert from "node:assert/strict";
import { onlyAkasa, packets, type PublishPacket, RawClient, settle, startTestBroker } from "../kit/mod.ts";
import { lasting } from "./lasting.ts";
import { versionNames, versions } from "./protocol-versions.ts";
import { scenario } from "./scenario.ts";

for (const version of versions) {
  const name = versionNames[version];

  scenario(`QoS 0 messages do not wait for a client that is away (${name})`, async () => {
    onlyAkasa("a broker may keep QoS 0 messages as well");
    await using broker = await startTestBroker();
    const before = await RawClient.connected(broker, version, lasting(version, "reader"));
    await before.subscribe("xyz/0");
    await before.disconnect();
    const publisher = await RawClient.connected(broker, version);
    for (let count = 0; count < 4; count += 1) publisher.publish("xyz/0", "missed");
    await publisher.ping();
    const after = await RawClient.connected(broker, version, lasting(version, "reader"));
    await after.expectNothing();
  });

  scenario(`QoS 1 messages wait for a client that is away and come in order, once (${name})`, async () => {
    await using broker = await startTestBroker();
    const before = await RawClient.connected(broker, version, lasting(version, "reader"));
    await before.subscribe("xyz/1", { qos: 1 });
    await before.disconnect();
    const publisher = await RawClient.connected(broker, version);
    for (const payload of ["1", "2", "3", "4"]) await publisher.publishAcked("xyz/1", payload);
    const after = await RawClient.connected(broker, version, lasting(version, "reader"));
    for (const payload of ["1", "2", "3", "4"]) {
      const message = await after.receive();
      assert.deepEqual([message.payload.toString(), message.qos, message.dup], [payload, 1, false]);
    }
    await after.expectNothing();
  });

  scenario(`no more than max_inflight_client messages are on their way to a client at once (${name})`, async () => {
    await using broker = await startTestBroker({ max_inflight_client: 8 });
    const reader = await RawClient.connected(broker, version, lasting(version, "reader"));
    await reader.subscribe("xyz/1", { qos: 1 });
    const publisher = await RawClient.connected(broker, version);
    for (let number = 1; number <= 16; number += 1) await publisher.publishAcked("xyz/1", `${number}`);
    await settle(broker);
    const first: PublishPacket[] = [];
    for (let number = 1; number <= 8; number += 1) first.push(await reader.next("publish"));
    await reader.expectNothing();
    // Each acknowledgement brings exactly one more.
    for (const [index, { packetId }] of first.entries()) {
      reader.send(packets.puback(packetId));
      const next = await reader.next("publish");
      assert.equal(next.payload.toString(), `${index + 9}`);
      await reader.expectNothing();
    }
  });
}
