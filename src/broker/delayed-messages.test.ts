import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Logger, ManualClock, silentLogger } from "../base/mod.ts";
import type { ConfigSettings } from "../config/mod.ts";
import { delay, delayedPublish, type Hooks } from "../hooks/mod.ts";
import { type AckPacket, type PublishPacket, ReasonCode } from "../protocol/mod.ts";
import { DropReason } from "../session/mod.ts";
import { noVisitor, testFolder } from "../store/contract/journal-kind.ts";
import { BreakableStore } from "../store/fuzz/breakable-store.ts";
import { LocalJournal } from "../store/mod.ts";
import { DurableBroker } from "./fuzz/durable-broker.ts";
import { MemoryBroker } from "./fuzz/memory-broker.ts";
import type { MemoryClient } from "./fuzz/memory-client.ts";

const hooks = delayedPublish();

/** A broker on a folder, then another one on it, so many seconds after the first began. */
async function twice(
  secondsLater: number,
  before: (broker: DurableBroker) => Promise<void>,
  afterwards: (broker: DurableBroker) => Promise<void>,
  settings: ConfigSettings = {},
): Promise<void> {
  using folder = testFolder();
  {
    await using broker = await DurableBroker.start(folder.path, 0, settings, { hooks });
    await before(broker);
    await broker.stored();
  }
  await using broker = await DurableBroker.start(folder.path, secondsLater, settings, { hooks });
  await afterwards(broker);
}

async function publish(
  broker: DurableBroker,
  topic: string,
  payload: string,
  change: Parameters<MemoryClient["publish"]>[2] = {},
): Promise<void> {
  const client = broker.stream();
  client.connect("publisher");
  await broker.words(client, 1);
  client.publish(topic, payload, { qos: 1, ...change });
  await broker.words(client, 1);
}

/** A client that is connected and subscribes to everything, with what the publishers ask for. */
async function listener(broker: DurableBroker): Promise<MemoryClient> {
  const client = broker.stream();
  client.connect("listener");
  client.subscribe("#");
  await broker.words(client, 2);
  return client;
}

function payloads(client: MemoryClient): string[] {
  return client
    .take()
    .filter((packet) => packet.type === "publish")
    .map(({ payload }) => Buffer.from(payload).toString());
}

describe("a delayed message after a restart", () => {
  it("is delivered when its time has come, and not before", async () => {
    await twice(
      40,
      (broker) => publish(broker, "$delayed/100/a", "later"),
      async (broker) => {
        const client = await listener(broker);
        await broker.advance(59.5);
        assert.deepEqual(payloads(client), []);
        await broker.advance(1);
        assert.deepEqual(payloads(client), ["later"]);
      },
    );
  });

  it("is delivered at once where its time has passed meanwhile, in the order of the times", async () => {
    await twice(
      1000,
      async (broker) => {
        const away = await broker.lasting("away", 100_000);
        away.subscribe("#");
        await broker.words(away, 1);
        away.disconnect();
        await publish(broker, "$delayed/100/a", "second");
        await publish(broker, "$delayed/100/a", "third");
        await publish(broker, "$delayed/90/a", "first");
      },
      async (broker) => {
        await broker.advance(0.2);
        const away = await broker.lasting("away", 100_000);
        while (away.inbox.length < 4) await broker.settled();
        assert.deepEqual(payloads(away), ["first", "second", "third"]);
      },
    );
  });

  it("has its properties, its QoS, its retain flag, and what is left of its expiry interval", async () => {
    const properties = {
      messageExpiryInterval: 300,
      contentType: "text",
      userProperties: [["k", "v"]] as [string, string][],
    };
    await twice(
      50,
      (broker) => publish(broker, "$delayed/100/a", "kept", { retain: true, properties }),
      async (broker) => {
        const client = await listener(broker);
        await broker.advance(51);
        const [message] = client.take() as PublishPacket[];
        assert.deepEqual([message?.topic, message?.qos], ["a", 1]);
        assert.deepEqual({ ...message?.properties }, { ...properties, messageExpiryInterval: 199 });
        assert.equal(broker.shard.retained.count, 1);
      },
    );
  });

  it("goes to nobody where it expired while it waited, and is counted", async () => {
    await twice(
      50,
      (broker) => publish(broker, "$delayed/100/a", "dead", { properties: { messageExpiryInterval: 60 } }),
      async (broker) => {
        const client = await listener(broker);
        await broker.advance(51);
        assert.deepEqual(payloads(client), []);
        assert.equal(broker.shard.statistics.messagesDropped[DropReason.expired], 1);
      },
    );
  });

  it("is not published again where it was before", async () => {
    await twice(
      50,
      async (broker) => {
        await publish(broker, "$delayed/10/a", "gone");
        await publish(broker, "$delayed/100/a", "stays");
        await broker.advance(11);
      },
      async (broker) => {
        assert.equal(broker.shard.statistics.delayedMessages, 1);
        const client = await listener(broker);
        // Its number is not that of the one that is left.
        await publish(broker, "$delayed/1000/a", "new");
        await broker.advance(60);
        assert.deepEqual(payloads(client), ["stays"]);
        assert.equal(broker.shard.statistics.delayedMessages, 1);
      },
    );
  });

  it("is lost where the level of its topic, and not that of $delayed, is memory", async () => {
    const durability: ConfigSettings["durability"] = [
      { filter: "fleeting/#", level: "memory" },
      { filter: "#", level: "local" },
    ];
    await twice(
      50,
      async (broker) => {
        await publish(broker, "$delayed/100/fleeting/a", "lost");
        await publish(broker, "$delayed/100/a", "kept");
      },
      async (broker) => {
        const client = await listener(broker);
        await broker.advance(60);
        assert.deepEqual(payloads(client), ["kept"]);
      },
      { durability },
    );
  });

  it("counts towards the limits, and gives its room back", async () => {
    await twice(
      50,
      (broker) => publish(broker, "$delayed/100/a", "12345"),
      async (broker) => {
        const { statistics } = broker.shard;
        assert.deepEqual([statistics.delayedMessages, statistics.delayedBytes], [1, 5]);
        await broker.advance(60);
        assert.deepEqual([statistics.delayedMessages, statistics.delayedBytes], [0, 0]);
      },
    );
  });
});

describe("delayed messages", () => {
  it("of a level that is memory are lost at a stop, which is logged", async () => {
    const warnings: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (text, fields) => void warnings.push(`${text} ${JSON.stringify(fields)}`),
    };
    {
      await using broker = new MemoryBroker({}, { hooks, logger });
      const client = broker.stream();
      client.connect("p");
      for (let index = 0; index < 2; index++) client.publish("$delayed/1000/a", "x", { qos: 1 });
      await broker.settled();
    }
    assert.deepEqual(warnings, ['delayed messages are lost with the broker {"messages":2}']);
  });

  it("that are due at the same moment keep their order, however many they are", async () => {
    await using broker = new MemoryBroker({ max_in_mem_pending_messages: 1000 }, { hooks });
    const [publisher, subscriber] = [broker.stream(), broker.stream()];
    publisher.connect("p");
    subscriber.connect("s");
    subscriber.subscribe("#");
    await broker.settled();
    subscriber.take();
    const sent = Array.from({ length: 500 }, (_, index) => `m${index}`);
    for (const payload of sent) publisher.publish("$delayed/5/a", payload);
    await broker.settled();
    await broker.advance(5.1);
    while (subscriber.inbox.length < sent.length) await broker.settled();
    assert.deepEqual(payloads(subscriber), sent);
  });

  it("may be asked for by any hook, which may change the message before", async () => {
    const own: Hooks = {
      beforePublish(message) {
        if (message.topic !== "now") return null;
        message.payload = "changed";
        return delay(3);
      },
    };
    await using broker = new MemoryBroker({}, { hooks: own });
    const [publisher, subscriber] = [broker.stream(), broker.stream()];
    publisher.connect("p");
    subscriber.connect("s");
    subscriber.subscribe("#");
    await broker.settled();
    subscriber.take();
    publisher.publish("now", "as it came", { qos: 1 });
    await broker.settled();
    await broker.advance(3.1);
    assert.deepEqual(payloads(subscriber), ["changed"]);
  });
});

describe("while the store cannot be written", () => {
  it("a delayed message is not acknowledged, further ones are refused, and one that is due waits", async () => {
    using folder = testFolder();
    const store = await BreakableStore.open(folder.path);
    const pace = new ManualClock();
    const clock = new ManualClock();
    const journal = new LocalJournal(store, { storeBytesMax: 1e9 }, { clock, pace, logger: silentLogger });
    await journal.restore(noVisitor);
    await using broker = new MemoryBroker({}, { journal, hooks, clock });
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) {
        pace.advance(100);
        await broker.settled();
      }
    };
    const [publisher, subscriber] = [broker.stream(), broker.stream()];
    publisher.connect("p");
    subscriber.connect("s");
    subscriber.subscribe("#");
    await broker.settled();
    publisher.publish("$delayed/10/a", "safe", { qos: 1, packetId: 1 });
    await until(() => publisher.take().some(({ type }) => type === "puback"));
    subscriber.take();

    store.broken = new Error("IO error: No space left on device");
    publisher.publish("$delayed/20/a", "waits", { qos: 1, packetId: 2 });
    await until(() => journal.refuses);
    publisher.publish("$delayed/20/a", "refused", { qos: 1, packetId: 3 });
    await broker.settled();
    assert.deepEqual(publisher.take(), []);
    assert.equal(broker.shard.statistics.messagesDropped[DropReason.storeRefused], 1);
    await broker.advance(11);
    assert.deepEqual(payloads(subscriber), []);

    store.broken = null;
    await until(() => publisher.inbox.length === 2);
    assert.deepEqual(
      publisher.take().map((packet) => [(packet as AckPacket).packetId, (packet as AckPacket).reasonCode]),
      [
        [2, ReasonCode.success],
        [3, ReasonCode.quotaExceeded],
      ],
    );
    await broker.advance(1.2);
    assert.deepEqual(payloads(subscriber), ["safe"]);
    await broker.advance(10);
    assert.deepEqual(payloads(subscriber), ["waits"]);
  });
});
