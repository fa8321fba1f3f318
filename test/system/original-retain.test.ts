import assert from "node:assert/strict";
import { RawClient, startTestBroker, type TestBroker, type Version } from "../kit/mod.ts";
import { versionNames, versions } from "./protocol-versions.ts";
import { scenario } from "./scenario.ts";

const filters = [
  { filter: "abc/0", qos: 0 },
  { filter: "xyz/1", qos: 1 },
];

async function expectRetained(reader: RawClient): Promise<void> {
  assert.deepEqual((await reader.subscribe(filters)).reasonCodes, [0, 1]);
  const message = await reader.receive();
  assert.deepEqual([message.topic, message.payload, message.retain], ["xyz/1", Buffer.from([3, 5, 55]), true]);
  await reader.expectNothing();
}

async function retaining(broker: TestBroker, version: Version): Promise<RawClient> {
  const publisher = await RawClient.connected(broker, version);
  await publisher.publishAcked("xyz/1", Buffer.from([3, 5, 55]), { retain: true });
  return publisher;
}

for (const version of versions) {
  scenario(`a retained message comes to its own publisher when it subscribes (${versionNames[version]})`, async () => {
    await using broker = await startTestBroker();
    await expectRetained(await retaining(broker, version));
  });

  scenario(
    `a retained message comes to others, and again each time they subscribe (${versionNames[version]})`,
    async () => {
      await using broker = await startTestBroker();
      await retaining(broker, version);
      const reader = await RawClient.connected(broker, version);
      await expectRetained(reader);
      await expectRetained(reader);
    },
  );
}
