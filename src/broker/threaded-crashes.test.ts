import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { RawClient, type Target, temporaryFolder } from "../../test/kit/mod.ts";
import { type LogFields, type Logger, systemClock } from "../base/mod.ts";
import { createConfig } from "../config/mod.ts";
import type { ThreadChannel } from "./shard-thread-handle.ts";
import type { ThreadData } from "./shard-thread-message.ts";
import { sharedPorts } from "./thread-listeners.ts";
import { ThreadedBroker } from "./threaded-broker.ts";

/** A module of hooks through which a client makes its shard crash. */
const crashing = `export const hooks = {
  afterPublish({ message }) {
    if (message.topic === "crash/error") setImmediate(() => { throw new Error("nobody catches this"); });
    if (message.topic === "crash/memory") {
      const kept = [];
      setImmediate(function more() {
        for (let index = 0; index < 100_000; index++) kept.push({ index, text: "x".repeat(10) + index });
        setImmediate(more);
      });
    }
    if (message.topic === "crash/exit") process.exit(1);
  },
};`;

/** Little, so that a test need not fill the memory of the machine. */
const resourceLimits = { maxOldGenerationSizeMb: 96 };

class Scene implements AsyncDisposable {
  readonly broker: ThreadedBroker;
  readonly lines: readonly string[];
  readonly #folder: string;

  private constructor(broker: ThreadedBroker, lines: readonly string[], folder: string) {
    this.broker = broker;
    this.lines = lines;
    this.#folder = folder;
  }

  static async start(): Promise<Scene> {
    const folder = temporaryFolder("crash");
    const module = join(folder, "crashing.mjs");
    writeFileSync(module, crashing);
    const lines: string[] = [];
    const collect = (message: string, fields: LogFields = {}): void =>
      void lines.push(`${message} ${JSON.stringify(fields)}`);
    const logger: Logger = { debugEnabled: false, debug() {}, info: collect, warn: collect, error: collect };
    const listeners = { mqtt: { addr: "127.0.0.1:0" } };
    const config = createConfig({ listeners, durability: "memory", hooks: [module] });
    const program = new URL("shard-thread.ts", import.meta.url);
    const open = (data: ThreadData): ThreadChannel =>
      new Worker(program, { workerData: data, resourceLimits, stdout: true, stderr: true });
    const services = { logger, clock: systemClock, listeners: sharedPorts, open };
    const broker = await ThreadedBroker.start({ ...services, config, count: 2 });
    return new Scene(broker, lines, folder);
  }

  get target(): Target {
    return { host: "127.0.0.1", port: this.broker.listeners[0]?.port ?? 0, adopt: () => {} };
  }

  /** Clients on both shards; those that are left when `client` has crashed its own. */
  async crash(topic: string): Promise<{ left: readonly RawClient[]; lost: readonly RawClient[] }> {
    const clients = await Promise.all(Array.from({ length: 12 }, () => RawClient.connected(this.target, 5)));
    await Promise.all(clients.map((client) => client.subscribe("t", { qos: 1 })));
    const { shards } = await this.broker.read();
    assert.ok(
      shards.every(({ connections }) => connections > 0),
      "all clients are on one shard",
    );
    const changed = this.broker.threads.changed();
    clients[0]?.publish(topic, "");
    await changed;
    const { statistics } = await this.broker.read();
    const open = await Promise.all(clients.map(isOpen));
    const left = clients.filter((_, index) => open[index]);
    assert.equal(statistics.connections, left.length);
    return { left, lost: clients.filter((_, index) => !open[index]) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function isOpen(client: RawClient): Promise<boolean> {
  try {
    await client.ping();
    return true;
  } catch {
    return false;
  }
}

describe("a shard that crashes", () => {
  for (const [what, topic, line] of [
    ["by an error that nobody caught", "crash/error", /nobody catches this/],
    ["because it has no memory left", "crash/memory", /ERR_WORKER_OUT_OF_MEMORY|memory/],
    ["because something in it ends the process, as it believes", "crash/exit", /a shard has crashed/],
  ] as const) {
    it(`${what} is replaced, said and counted; the clients of the other one are served on`, async () => {
      await using scene = await Scene.start();
      const { left, lost } = await scene.crash(topic);
      assert.ok(left.length > 0 && lost.length > 0, `${left.length} are left, ${lost.length} are lost`);
      const back = await Promise.all(lost.map(() => RawClient.connected(scene.target, 5)));
      await back[0]?.publishAcked("t", "after");
      for (const client of left) assert.equal((await client.receive()).payload.toString(), "after");
      const { shardCrashes, shards } = await scene.broker.read();
      assert.deepEqual([shardCrashes, shards.length], [1, 2]);
      assert.ok(
        scene.lines.some((each) => line.test(each)),
        scene.lines.join("\n"),
      );
      assert.ok(scene.lines.some((each) => each.startsWith("a shard has crashed; another one takes its place")));
      for (const client of [...left, ...lost, ...back]) client.close();
    });
  }

  it("leaves what the program subscribes to and listens for as it was, and counters do not go back", async () => {
    await using scene = await Scene.start();
    const { broker } = scene;
    const seen: string[] = [];
    const all = Promise.withResolvers<void>();
    await broker.subscribe("p/#", ({ payload }) => {
      seen.push(payload.toString());
      if (seen.length === 2) all.resolve();
    });
    await broker.publish({ topic: "p/1", payload: "before" });
    const before = await broker.read();
    const changed = broker.threads.changed();
    // The first shard is where what the program wants lives.
    await broker.threads.crash(broker.threads.shards[0] ?? -1);
    await changed;
    await broker.read();
    await broker.publish({ topic: "p/2", payload: "after" });
    await all.promise;
    assert.deepEqual(seen, ["before", "after"]);
    const after = await broker.read();
    assert.ok(after.statistics.messagesPublished > before.statistics.messagesPublished);
  });

  it("again and again is started after a pause, which is said", async () => {
    await using scene = await Scene.start();
    const { threads } = scene.broker;
    for (let crashes = 0; crashes < 2; crashes++) {
      const changed = threads.changed();
      await threads.crash(threads.shards.at(-1) ?? -1);
      await changed;
    }
    assert.equal(threads.crashes, 2);
    const line = scene.lines.find((each) => each.includes("it happens again and again"));
    assert.match(line ?? scene.lines.join("\n"), /"nextTrySeconds":1/);
  });
});
