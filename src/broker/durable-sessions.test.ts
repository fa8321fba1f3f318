import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PublishPacket } from "../protocol/mod.ts";
import { testFolder } from "../store/contract/journal-kind.ts";
import { DurableBroker } from "./fuzz/durable-broker.ts";
import type { MemoryClient } from "./fuzz/memory-client.ts";

/** A broker on a folder, then another one on it, so many seconds after the first began. */
async function twice(
  secondsLater: number,
  before: (broker: DurableBroker) => Promise<void>,
  afterwards: (broker: DurableBroker) => Promise<void>,
): Promise<void> {
  using folder = testFolder();
  {
    await using broker = await DurableBroker.start(folder.path);
    await before(broker);
    await broker.stored();
  }
  await using broker = await DurableBroker.start(folder.path, secondsLater);
  await afterwards(broker);
}

/** Connects, subscribes and goes. */
async function away(broker: DurableBroker, clientId: string, filter: string, seconds = 1000): Promise<void> {
  const client = await broker.lasting(clientId, seconds);
  client.subscribe(filter);
  await broker.words(client, 2);
  client.disconnect();
  await broker.stored();
}

async function publisher(broker: DurableBroker): Promise<MemoryClient> {
  const client = broker.stream();
  client.connect("publisher");
  await broker.words(client, 1);
  return client;
}

describe("time goes on while nothing runs", () => {
  it("a session whose interval is over is gone, another is there", async () => {
    await twice(
      100,
      async (broker) => {
        await away(broker, "short", "a", 50);
        await away(broker, "long", "a", 500);
      },
      async (broker) => {
        await broker.advance(1);
        assert.deepEqual((await broker.lasting("short")).words(), ["connack"]);
        assert.deepEqual((await broker.lasting("long")).words(), ["connack present"]);
      },
    );
  });

  it("a will goes when what is left of its delay is over, once", async () => {
    await twice(
      100,
      async (broker) => {
        const will = { topic: "w", payload: Buffer.from("gone"), qos: 1, retain: false } as const;
        const dying = await broker.lasting("dying", 1000, {
          will: { ...will, properties: { willDelayInterval: 120 } },
        });
        await away(broker, "heir", "w");
        dying.peer.end();
        await broker.stored();
      },
      async (broker) => {
        const heir = await broker.lasting("heir");
        assert.deepEqual(heir.words(), ["connack present"]);
        await broker.advance(15);
        assert.deepEqual(heir.words(), []);
        await broker.advance(10);
        assert.deepEqual(await broker.words(heir, 1), ["gone qos1 #1"]);
      },
    );
  });

  it("a will that was published is not published again", async () => {
    await twice(
      100,
      async (broker) => {
        const properties = { willDelayInterval: 5 };
        const will = { topic: "w", payload: Buffer.from("gone"), qos: 1, retain: false, properties } as const;
        await away(broker, "heir", "w");
        const dying = await broker.lasting("dying", 1000, { will });
        dying.peer.end();
        await broker.settled();
        await broker.advance(6);
      },
      async (broker) => {
        await broker.advance(20);
        const heir = await broker.lasting("heir");
        assert.deepEqual(await broker.words(heir, 2), ["connack present", "gone qos1 #1"]);
        await broker.stored();
        assert.deepEqual(heir.words(), []);
      },
    );
  });

  it("a queued message tells what is left of its expiry interval, and goes to nobody when it is over", async () => {
    await twice(
      100,
      async (broker) => {
        await away(broker, "c", "a");
        const client = await publisher(broker);
        client.publish("a", "dead", { qos: 1, properties: { messageExpiryInterval: 60 } });
        client.publish("a", "alive", { qos: 1, properties: { messageExpiryInterval: 300 } });
        await broker.words(client, 2);
      },
      async (broker) => {
        const client = await broker.lasting("c");
        while (client.inbox.length < 2) await broker.settled();
        const [, message] = client.take() as [unknown, PublishPacket];
        assert.equal(Buffer.from(message.payload).toString(), "alive");
        assert.equal(message.properties.messageExpiryInterval, 200);
      },
    );
  });

  it("a retained message whose interval is over is gone", async () => {
    await twice(
      100,
      async (broker) => {
        const client = await publisher(broker);
        client.publish("r", "m", { qos: 1, retain: true, properties: { messageExpiryInterval: 60 } });
        await broker.words(client, 1);
      },
      async (broker) => assert.equal(broker.shard.retained.count, 0),
    );
  });
});

describe("a restart in the middle of QoS 2", () => {
  it("a PUBLISH that comes again is not a second message", async () => {
    await twice(
      1,
      async (broker) => {
        await away(broker, "c", "a");
        const client = await broker.lasting("publisher");
        client.publish("a", "once", { qos: 2, packetId: 9 });
        assert.deepEqual(await broker.words(client, 2), ["connack", "pubrec #9"]);
      },
      async (broker) => {
        const client = await broker.lasting("publisher");
        client.publish("a", "once", { qos: 2, packetId: 9, dup: true });
        assert.deepEqual(await broker.words(client, 2), ["connack present", "pubrec #9"]);
        client.answer("pubrel", 9);
        assert.deepEqual(await broker.words(client, 1), ["pubcomp #9"]);
        const receiver = await broker.lasting("c");
        assert.deepEqual(await broker.words(receiver, 2), ["connack present", "once qos2 #1"]);
        await broker.stored();
        assert.deepEqual(receiver.words(), []);
      },
    );
  });

  it("a message that the client has is released, and not sent again", async () => {
    await twice(
      1,
      async (broker) => {
        const receiver = await broker.lasting("c");
        receiver.subscribe("a");
        const client = await publisher(broker);
        client.publish("a", "m", { qos: 2 });
        await broker.words(receiver, 3);
        receiver.answer("pubrec", 1);
        assert.deepEqual(await broker.words(receiver, 1), ["pubrel #1"]);
      },
      async (broker) => {
        const receiver = await broker.lasting("c");
        assert.deepEqual(await broker.words(receiver, 2), ["connack present", "pubrel #1"]);
        receiver.answer("pubcomp", 1);
        await broker.stored();
        assert.equal(broker.shard.sessions.get("c")?.load, 0);
      },
    );
  });
});

describe("levels by topic", () => {
  it("what a rule keeps in memory is not on the disk, and its acknowledgement waits for nothing", async () => {
    using folder = testFolder();
    const durability = [{ filter: "fast/#", level: "memory" as const }];
    {
      await using broker = await DurableBroker.start(folder.path, 0, { durability });
      await away(broker, "c", "#");
      const client = await publisher(broker);
      const { commits } = broker.journal.statistics;
      client.publish("fast/a", "lost", { qos: 1, retain: true });
      assert.deepEqual(await broker.words(client, 1), ["puback #1"]);
      assert.equal(broker.journal.statistics.commits, commits);
      client.publish("sure/a", "kept", { qos: 1, retain: true });
      await broker.words(client, 1);
    }
    await using broker = await DurableBroker.start(folder.path, 0, { durability });
    const receiver = await broker.lasting("c");
    assert.deepEqual(await broker.words(receiver, 2), ["connack present", "kept qos1 #2"]);
    assert.equal(broker.shard.retained.count, 1);
  });
});

describe("what waits for nothing", () => {
  it("a QoS 1 message that no lasting session wants is acknowledged at once, and nothing is written", async () => {
    using folder = testFolder();
    await using broker = await DurableBroker.start(folder.path);
    const client = await publisher(broker);
    client.subscribe("a");
    client.publish("a", "m", { qos: 1, packetId: 7 });
    assert.deepEqual(await broker.words(client, 3), ["suback 2", "m qos1 #1", "puback #7"]);
    assert.equal(broker.journal.statistics.commits, 0);
  });
});

describe("shared groups", () => {
  it("what stood on the disk for a member that ends goes to one that is there", async () => {
    using folder = testFolder();
    await using broker = await DurableBroker.start(folder.path);
    await away(broker, "first", "$share/g/a", 10);
    const client = await publisher(broker);
    for (let index = 0; index < 60; index++) client.publish("a", `m${index}`, { qos: 1 });
    await broker.words(client, 60);
    const second = await broker.lasting("second");
    second.subscribe("$share/g/a");
    await broker.words(second, 2);
    await broker.advance(20);
    const received = await broker.words(second, 60);
    const expected = Array.from({ length: 60 }, (_, index) => `m${index}`);
    assert.deepEqual(received.map((word) => word.split(" ")[0]).toSorted(), expected.toSorted());
    await broker.stored();
    assert.equal(broker.shard.statistics.messagesDropped[5], 0);
  });
});
