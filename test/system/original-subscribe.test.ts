import assert from "node:assert/strict";
import { onlyAkasa, packets, RawClient, startTestBroker } from "../kit/mod.ts";
import { versionNames, versions } from "./protocol-versions.ts";
import { scenario } from "./scenario.ts";

for (const version of versions) {
  scenario(
    `filters are subscribed and unsubscribed one by one, also one that was never there (${versionNames[version]})`,
    async () => {
      await using broker = await startTestBroker();
      const client = await RawClient.connected(broker, version);
      const filters = [
        { filter: "abc/0", qos: 0 },
        { filter: "xyz/1", qos: 1 },
        { filter: "ijk/2", qos: 2 },
      ];
      assert.deepEqual((await client.subscribe(filters)).reasonCodes, [0, 1, 2]);
      const { reasonCodes } = await client.unsubscribe("abc/0", "xxx/+");
      assert.deepEqual(reasonCodes, version === 5 ? [0, 0x11] : []);
      await client.publishAcked("abc/0", "nobody listens any more");
      await client.publishAcked("xyz/1", "somebody does");
      assert.equal((await client.receive()).payload.toString(), "somebody does");
      await client.expectNothing();
    },
  );

  scenario(`a SUBSCRIBE without a filter ends the connection (${versionNames[version]})`, async () => {
    onlyAkasa("mosquitto 2.0.11 answers a 3.1 client with an empty SUBACK");
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version);
    client.send(packets.subscribe({ version, packetId: 23, filters: [] }));
    await client.expectDisconnect(0x81, 0x82);
  });
}
