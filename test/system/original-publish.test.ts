import assert from "node:assert/strict";
import { packets, type PublishPacket, RawClient, startTestBroker } from "../kit/mod.ts";
import { versionNames, versions } from "./protocol-versions.ts";
import { scenario } from "./scenario.ts";

const payloads = Array.from({ length: 14 }, (_, index) => Buffer.from([3, 5, 55, index]));

for (const version of versions) {
  for (const qos of [0, 1, 2]) {
    scenario(
      `QoS ${qos} messages reach every matching subscriber in order and no other (${versionNames[version]})`,
      async () => {
        await using broker = await startTestBroker();
        const topic = `xyz/${qos}`;
        const readers: RawClient[] = [];
        for (const filter of [topic, "xyz/+", "#"]) {
          const reader = await RawClient.connected(broker, version);
          await reader.subscribe(filter, { qos });
          readers.push(reader);
        }
        const stranger = await RawClient.connected(broker, version);
        await stranger.subscribe("xxx/bbb", { qos });
        const publisher = await RawClient.connected(broker, version);
        for (const payload of payloads) {
          if (qos === 0) publisher.publish(topic, payload);
          else await publisher.publishAcked(topic, payload, { qos });
        }
        await publisher.ping();
        for (const reader of readers) {
          for (const payload of payloads) {
            const message = await reader.receive();
            assert.deepEqual([message.topic, message.qos, message.retain, message.dup], [topic, qos, false, false]);
            assert.deepEqual(message.payload, payload);
          }
          await reader.expectNothing();
        }
        await stranger.expectNothing();
      },
    );
  }

  scenario(
    `QoS 2 messages are released in the order in which they were received (${versionNames[version]})`,
    async () => {
      await using broker = await startTestBroker();
      const reader = await RawClient.connected(broker, version);
      await reader.subscribe("xyz/2", { qos: 2 });
      const publisher = await RawClient.connected(broker, version);
      for (const payload of payloads) await publisher.publishAcked("xyz/2", payload, { qos: 2 });
      const messages: PublishPacket[] = [];
      while (messages.length < payloads.length) messages.push(await reader.next("publish"));
      for (const { packetId } of messages) reader.send(packets.pubrec(packetId));
      for (const { packetId } of messages) {
        assert.equal((await reader.next("pubrel")).packetId, packetId);
        reader.send(packets.pubcomp(packetId));
      }
      await reader.expectNothing();
    },
  );
}
