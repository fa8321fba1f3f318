import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RawClient, type Target, temporaryFolder } from "../../test/kit/mod.ts";
import { type ConfigSettings, createBroker, type EmbeddedBroker } from "../mod.ts";

const crowd = 12;

/** A broker of two shards with hooks, and a folder of its own. */
class Scene implements AsyncDisposable {
  readonly broker: EmbeddedBroker;
  readonly folder: string;

  private constructor(broker: EmbeddedBroker, folder: string) {
    this.broker = broker;
    this.folder = folder;
  }

  /** @param files written before the broker starts; `hooks` names them from the folder */
  static async start(
    { hooks = [], ...settings }: Omit<ConfigSettings, "hooks"> & { readonly hooks?: readonly string[] },
    files: Readonly<Record<string, string>> = {},
  ): Promise<Scene> {
    const folder = temporaryFolder("threads");
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const modules = hooks.map((module) => (module.startsWith("./") ? join(folder, module) : module));
    const listeners = { mqtt: { addr: "127.0.0.1:0" } };
    const acl = settings.acl?.file === undefined ? {} : { acl: { ...settings.acl, file: join(folder, "rules") } };
    const broker = createBroker({ listeners, shards: 2, ...settings, ...acl, hooks: modules });
    await broker.start();
    return new Scene(broker, folder);
  }

  get target(): Target {
    return { host: "127.0.0.1", port: this.broker.listeners[0]?.port ?? 0, adopt: () => {} };
  }

  async clients(): Promise<RawClient[]> {
    const clients = await Promise.all(Array.from({ length: crowd }, () => RawClient.connected(this.target, 5)));
    const { shards } = await this.broker.read();
    assert.ok(
      shards.every(({ connections }) => connections > 0),
      "all clients are on one shard",
    );
    return clients;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function answering(text: string): string {
  return `export const hooks = { beforePublish(message) { message.payload = ${JSON.stringify(text)}; } };`;
}

describe("hooks of a broker of two shards", () => {
  it("run in each of them, and a reload reaches all", async () => {
    await using scene = await Scene.start({ hooks: ["./answer.mjs"] }, { "answer.mjs": answering("old") });
    const clients = await scene.clients();
    const [subscriber] = clients as [RawClient];
    await subscriber.subscribe("t");
    for (const text of ["old", "new"]) {
      writeFileSync(join(scene.folder, "answer.mjs"), answering(text));
      await scene.broker.reloadHooks();
      for (const client of clients) {
        await client.publishAcked("t", "x");
        assert.equal((await subscriber.receive()).payload.toString(), text);
      }
    }
    writeFileSync(join(scene.folder, "answer.mjs"), "export const hooks = {");
    await assert.rejects(scene.broker.reloadHooks(), { code: "hook_invalid" });
    for (const client of clients) {
      await client.publishAcked("t", "x");
      assert.equal((await subscriber.receive()).payload.toString(), "new", "those from before stay");
    }
    assert.equal((await scene.broker.read()).hooks.reloads, 2);
    for (const client of clients) client.close();
  });

  it("see the clients of all shards, and disconnect any of them", async () => {
    const module = `export const hooks = {
      async beforePublish(message, broker) {
        if (message.topic !== "who") return;
        const ids = [];
        for await (const { id } of broker.clients()) ids.push(id);
        const found = await Promise.all(ids.map((id) => broker.client(id)));
        message.payload = String(found.filter((client) => client !== null).length);
        for (const id of ids) if (id !== message.publisherId) await broker.disconnectClient(id);
      },
    };`;
    await using scene = await Scene.start({ hooks: ["./who.mjs"] }, { "who.mjs": module });
    const [asking, ...others] = (await scene.clients()) as [RawClient, ...RawClient[]];
    await asking.subscribe("who");
    asking.publish("who", "");
    assert.equal((await asking.receive()).payload.toString(), String(crowd));
    for (const client of others) await client.expectDisconnect(0x98);
    for (const client of [asking, ...others]) client.close();
  });

  it("tell of one beginning and one end for each connection, also where a session moves", async () => {
    await using scene = await Scene.start({ hooks: ["akasa:presence"] });
    const counts = { connected: 0, disconnected: 0, takenOver: 0 };
    const all = Promise.withResolvers<void>();
    const rounds = 24;
    await scene.broker.subscribe("$SYS/brokers/+/clients/wanderer/+", ({ topic, payload }) => {
      const event = topic.endsWith("/connected") ? "connected" : "disconnected";
      counts[event]++;
      if ((JSON.parse(payload.toString()) as { takenOver?: boolean }).takenOver === true) counts.takenOver++;
      if (counts.disconnected === rounds) all.resolve();
    });
    for (let round = 0; round < rounds; round++) {
      const client = await RawClient.connected(scene.target, 5, { clientId: "wanderer" });
      // Half of them are taken over by the next one, the others leave by themselves.
      if (round % 2 === 1) await client.disconnect();
    }
    await all.promise;
    await scene.broker.read();
    assert.deepEqual(counts, { connected: rounds, disconnected: rounds, takenOver: rounds / 2 });
  });

  it("publish what was delayed once", async () => {
    await using scene = await Scene.start({ hooks: ["akasa:delayed-publish"] });
    const clients = await scene.clients();
    for (const client of clients) await client.subscribe("later");
    await clients[0]?.publishAcked("$delayed/1/later", "x");
    await clients[1]?.publishAcked("$delayed/2/later", "last");
    for (const client of clients) {
      assert.equal((await client.receive()).payload.toString(), "x");
      assert.equal((await client.receive()).payload.toString(), "last");
      client.close();
    }
  });
});

describe("a reload of a broker of two shards", () => {
  it("has all of them read the rules of access anew", async () => {
    const rules = { acl: { file: "rules", format: "mosquitto", default: "deny" } } as const;
    await using scene = await Scene.start(rules, { rules: "topic readwrite a\n" });
    const clients = await scene.clients();
    for (const client of clients) assert.equal((await client.publishAcked("b", "x")).reasonCode, 0x87);
    writeFileSync(join(scene.folder, "rules"), "topic readwrite a\ntopic readwrite b\n");
    await scene.broker.reload();
    for (const client of clients) {
      assert.notEqual((await client.publishAcked("b", "x")).reasonCode, 0x87);
      client.close();
    }
  });
});
