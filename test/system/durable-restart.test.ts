import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { prop, property, RawClient, startTestBroker, type TestBroker, temporaryFolder } from "../kit/mod.ts";
import { lasting } from "./lasting.ts";

const folder = temporaryFolder("restart");
let count = 0;

/** Two brokers, one after the other, on the same data folder. */
async function restarted(
  before: (broker: TestBroker) => Promise<void>,
  afterwards: (broker: TestBroker) => Promise<void>,
): Promise<void> {
  const data_dir = join(folder, String(++count));
  for (const use of [before, afterwards]) {
    await using broker = await startTestBroker({ durability: "local", data_dir });
    await use(broker);
  }
}

describe("after a restart", () => {
  for (const version of [4, 5] as const) {
    it(`a session has its subscriptions and what was queued for it, in order (version ${version})`, async () => {
      await restarted(
        async (broker) => {
          const client = await RawClient.connected(broker, version, lasting(version, "c"));
          await client.subscribe("a/+", { qos: 1 });
          await client.disconnect();
          const publisher = await RawClient.connected(broker, version);
          for (let index = 0; index < 100; index++) await publisher.publishAcked("a/b", `m${index}`, { qos: 1 });
        },
        async (broker) => {
          const client = await RawClient.connected(broker, version, lasting(version, "c"));
          for (let index = 0; index < 100; index++) {
            const message = await client.receive();
            assert.equal(message.payload.toString(), `m${index}`);
            assert.equal(message.dup, false);
          }
          const publisher = await RawClient.connected(broker, version);
          await publisher.publishAcked("a/c", "new", { qos: 1 });
          assert.equal((await client.receive()).payload.toString(), "new");
        },
      );
    });
  }

  it("what was sent and not acknowledged comes again with DUP and the same identifier", async () => {
    const ids: number[] = [];
    await restarted(
      async (broker) => {
        const client = await RawClient.connected(broker, 5, lasting(5, "c"));
        await client.subscribe("a", { qos: 2 });
        const publisher = await RawClient.connected(broker, 5);
        for (let index = 0; index < 3; index++) {
          await publisher.publishAcked("a", `m${index}`, { qos: 1 });
          ids.push((await client.next("publish")).packetId);
        }
        await client.cut();
      },
      async (broker) => {
        const client = await RawClient.connected(broker, 5, lasting(5, "c"));
        for (let index = 0; index < 3; index++) {
          const message = await client.receive();
          assert.equal(message.payload.toString(), `m${index}`);
          assert.equal(message.dup, true);
          assert.equal(message.packetId, ids[index]);
        }
        await client.expectNothing();
      },
    );
  });

  it("retained messages are there with their properties, and cleared ones are not", async () => {
    await restarted(
      async (broker) => {
        const publisher = await RawClient.connected(broker, 5);
        await publisher.publishAcked("r/a", "kept", { qos: 1, retain: true, properties: [[prop.contentType, "text"]] });
        await publisher.publishAcked("r/b", "gone", { qos: 1, retain: true });
        await publisher.publishAcked("r/b", "", { qos: 1, retain: true });
      },
      async (broker) => {
        const client = await RawClient.connected(broker, 5);
        await client.subscribe("r/#", { qos: 1 });
        const message = await client.receive();
        assert.equal(message.payload.toString(), "kept");
        assert.equal(property(message, prop.contentType), "text");
        await client.expectNothing();
      },
    );
  });
});
