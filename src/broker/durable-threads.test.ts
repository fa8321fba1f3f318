import assert from "node:assert/strict";
import { describe, it } from "node:test";
import mqtt, { type MqttClient } from "mqtt";
import { silentLogger, systemClock } from "../base/mod.ts";
import { createConfig } from "../config/mod.ts";
import { testFolder } from "../store/contract/journal-kind.ts";
import { ShardThreads } from "./shard-threads.ts";
import { ownPorts } from "./thread-listeners.ts";

/** A broker of threads on a data folder; each listens on a port of its own. */
class DurableThreads {
  readonly threads: ShardThreads;
  readonly ports: number[];

  private constructor(threads: ShardThreads) {
    this.threads = threads;
    this.ports = threads.listeners.map(({ port }) => port);
  }

  static async start(folder: string, count = 2): Promise<DurableThreads> {
    const listeners = { mqtt: { addr: "127.0.0.1:0" } };
    const config = createConfig({ listeners, data_dir: folder, hooks: ["akasa:delayed-publish"] });
    const news = { onNews: () => {}, onStarted: () => {} };
    const services = { logger: silentLogger, clock: systemClock, listeners: ownPorts, ...news };
    return new DurableThreads(await ShardThreads.start({ ...services, config, count }));
  }

  /** Kills a shard's thread and waits until another one has taken its place. */
  async crash(place: number): Promise<void> {
    const changed = this.threads.changed();
    await this.threads.crash(this.threads.shards[place] as number);
    await changed;
    this.ports[place] = this.threads.listeners.at(-1)?.port as number;
  }

  connect(place: number, clientId: string): Promise<MqttClient> {
    const properties = { sessionExpiryInterval: 1000 };
    const port = this.ports[place] as number;
    const options = { clientId, clean: false, protocolVersion: 5, properties, reconnectPeriod: 0 } as const;
    return mqtt.connectAsync({ host: "127.0.0.1", port, ...options });
  }
}

/** Connects and resolves with the client's first messages, in words. */
async function firstMessages(
  broker: DurableThreads,
  place: number,
  clientId: string,
  count: number,
): Promise<string[]> {
  const port = broker.ports[place] as number;
  const properties = { sessionExpiryInterval: 1000 };
  const options = { clientId, clean: false, protocolVersion: 5, properties, reconnectPeriod: 0 } as const;
  const client = mqtt.connect({ host: "127.0.0.1", port, ...options });
  const words: string[] = [];
  await new Promise<void>((resolve, reject) => {
    client.on("error", reject);
    client.on("message", (_, payload) => {
      words.push(payload.toString());
      if (words.length === count) resolve();
    });
  });
  await client.endAsync();
  return words;
}

async function subscribeAndGo(broker: DurableThreads, place: number, clientId: string): Promise<void> {
  const client = await broker.connect(place, clientId);
  await client.subscribeAsync("t/#", { qos: 2 });
  await client.endAsync();
}

const payloads = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

describe("a store that serves shards in threads", () => {
  it("brings what is published on one shard to a session of another, wherever its client returns", async () => {
    using folder = testFolder();
    const broker = await DurableThreads.start(folder.path);
    await subscribeAndGo(broker, 0, "c");
    const publisher = await broker.connect(1, "p");
    await Promise.all(payloads(50).map((payload) => publisher.publishAsync("t/a", payload, { qos: 1 })));
    assert.deepEqual(await firstMessages(broker, 1, "c", 50), payloads(50));
    await publisher.endAsync();
    await broker.threads.stop();
  });

  it("brings the sessions of a shard that crashed back, with what is published meanwhile", async () => {
    using folder = testFolder();
    const broker = await DurableThreads.start(folder.path);
    await subscribeAndGo(broker, 0, "c");
    const publisher = await broker.connect(1, "p");
    await publisher.publishAsync("t/a", "before", { qos: 2 });
    const crashed = broker.crash(0);
    const during = Promise.all(payloads(20).map((payload) => publisher.publishAsync("t/a", payload, { qos: 2 })));
    await crashed;
    await during;
    await publisher.publishAsync("t/a", "after", { qos: 2 });
    const expected = ["before", ...payloads(20), "after"];
    assert.deepEqual(await firstMessages(broker, 1, "c", expected.length), expected);
    await publisher.endAsync();
    await broker.threads.stop();
  });

  it("has everything after a restart", async () => {
    using folder = testFolder();
    const broker = await DurableThreads.start(folder.path);
    await subscribeAndGo(broker, 0, "c");
    const publisher = await broker.connect(1, "p");
    await Promise.all(payloads(20).map((payload) => publisher.publishAsync("t/a", payload, { qos: 1, retain: true })));
    await publisher.endAsync();
    await broker.threads.stop();
    const again = await DurableThreads.start(folder.path);
    const { gauges } = await again.threads.read();
    assert.equal(gauges.retainedMessages, 1);
    assert.deepEqual(await firstMessages(again, 1, "c", 20), payloads(20));
    await again.threads.stop();
  });

  it("brings what a crashed shard had delayed when its time has come", async () => {
    using folder = testFolder();
    const broker = await DurableThreads.start(folder.path);
    await subscribeAndGo(broker, 0, "c");
    const publisher = await broker.connect(1, "p");
    await publisher.publishAsync("$delayed/1/t/a", "later", { qos: 1 });
    await broker.crash(1);
    assert.deepEqual(await firstMessages(broker, 0, "c", 1), ["later"]);
    assert.equal((await broker.threads.read()).statistics.delayedMessages, 0);
    await publisher.endAsync(true);
    await broker.threads.stop();
  });

  it("has what each shard had delayed after a restart with fewer of them", async () => {
    using folder = testFolder();
    const broker = await DurableThreads.start(folder.path, 3);
    await subscribeAndGo(broker, 0, "c");
    for (const place of [0, 1, 2]) {
      const publisher = await broker.connect(place, "p");
      await publisher.publishAsync("$delayed/1/t/a", `of ${place}`, { qos: 2 });
      await publisher.endAsync();
    }
    await broker.threads.stop();
    const again = await DurableThreads.start(folder.path, 2);
    const messages = await firstMessages(again, 1, "c", 3);
    assert.deepEqual(messages.toSorted(), ["of 0", "of 1", "of 2"]);
    await again.threads.stop();
  });
});
