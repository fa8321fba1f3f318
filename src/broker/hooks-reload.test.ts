import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { packets, RawClient, settle, type Target, temporaryFolder } from "../../test/kit/mod.ts";
import { createConfig, loadConfig } from "../config/mod.ts";
import type { Hooks } from "../hooks/mod.ts";
import type { Broker } from "./broker.ts";
import { startBroker } from "./start-broker.ts";

interface Scene extends Target, AsyncDisposable {
  readonly broker: Broker;
  readonly file: string;
  write(module: string): void;
}

/** A broker whose configuration file names `./hooks.mjs`. */
async function sceneOf(module: string, own?: Hooks): Promise<Scene> {
  const folder = temporaryFolder("reload");
  const file = join(folder, "akasa.yaml");
  writeFileSync(file, "listeners: { mqtt: { addr: '127.0.0.1:0' } }\ndurability: memory\nhooks: [./hooks.mjs]\n");
  const write = (text: string): void => writeFileSync(join(folder, "hooks.mjs"), text);
  write(module);
  const { config } = loadConfig({ file, env: {} });
  const broker = await startBroker(config, own === undefined ? {} : { hooks: own });
  const clients = new Set<RawClient>();
  return {
    broker,
    file,
    write,
    host: "127.0.0.1",
    port: broker.listeners[0]?.port ?? 0,
    adopt: (client) => void clients.add(client),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      await broker.stop();
    },
  };
}

const answering = (payload: string): string =>
  `export const hooks = { beforePublish(message) { message.payload = "${payload}"; } };`;

describe("a reload of hooks", () => {
  it("lets the next message run through the new module", async () => {
    await using scene = await sceneOf(answering("old"));
    const client = await RawClient.connected(scene, 5);
    await client.subscribe("a");
    client.publish("a", "x");
    assert.equal((await client.receive()).payload.toString(), "old");
    scene.write(answering("new"));
    await scene.broker.reloadHooks();
    client.publish("a", "x");
    assert.equal((await client.receive()).payload.toString(), "new");
    assert.equal((await scene.broker.read()).hooks.reloads, 1);
  });

  for (const [what, module] of [
    ["cannot be read", "export const hooks = {"],
    ["does not start", `export const hooks = { start() { throw new Error("no database"); } };`],
    ["has a misspelled hook", "export const hooks = { befrePublish() {} };"],
  ] as const) {
    it(`to a module that ${what} leaves the old one`, async () => {
      await using scene = await sceneOf(answering("old"));
      scene.write(module);
      await assert.rejects(scene.broker.reloadHooks(), { code: "hook_invalid" });
      const client = await RawClient.connected(scene, 5);
      await client.subscribe("a");
      client.publish("a", "x");
      assert.equal((await client.receive()).payload.toString(), "old");
    });
  }

  it("loses and repeats no message that is under way, and the old module is let go behind the last", async () => {
    // Each message waits for two turns; half of them are in the old module when the new one comes.
    const waiting = (name: string): string => `
      const turn = () => new Promise((resolve) => setImmediate(resolve));
      export const hooks = {
        async beforePublish(message) { await turn(); await turn(); message.payload = "${name} " + message.payload; },
        stop() { globalThis.akasaStopped = "${name}"; },
      };`;
    await using scene = await sceneOf(waiting("old"));
    const subscriber = await RawClient.connected(scene, 5);
    await subscriber.subscribe("a", { qos: 1 });
    const publisher = await RawClient.connected(scene, 5);
    const count = 200;
    for (let number = 0; number < count / 2; number++) publisher.publish("a", String(number), { qos: 1 });
    const first = await subscriber.receive();
    scene.write(waiting("new"));
    const reloaded = scene.broker.reloadHooks();
    for (let number = count / 2; number < count; number++) publisher.publish("a", String(number), { qos: 1 });
    const received = [first.payload.toString()];
    while (received.length < count) received.push((await subscriber.receive()).payload.toString());
    await reloaded;
    publisher.publish("a", "last", { qos: 1 });
    assert.equal((await subscriber.receive()).payload.toString(), "new last");
    assert.deepEqual(
      received.map((text) => Number(text.split(" ")[1])),
      Array.from({ length: count }, (_, number) => number),
    );
    assert.equal((globalThis as { akasaStopped?: string }).akasaStopped, "old");
  });

  it("keeps the hooks that the program gave, and does not start them again", async () => {
    let starts = 0;
    const own: Hooks = {
      start: () => void starts++,
      beforePublish: (message) => void (message.topic = `own/${message.topic}`),
    };
    await using scene = await sceneOf(answering("old"), own);
    scene.write(answering("new"));
    await scene.broker.reloadHooks();
    const client = await RawClient.connected(scene, 5);
    await client.subscribe("own/#");
    client.publish("a", "x");
    const message = await client.receive();
    assert.deepEqual([message.topic, message.payload.toString(), starts], ["own/a", "new", 1]);
  });

  it("brings delayed messages to the new module", async () => {
    const folder = temporaryFolder("reload");
    const config = createConfig({
      listeners: { mqtt: { addr: "127.0.0.1:0" } },
      durability: "memory",
      hooks: [{ module: "akasa:delayed-publish", from: folder }],
    });
    await using broker = await startBroker(config);
    const target = { host: "127.0.0.1", port: broker.listeners[0]?.port ?? 0, adopt: () => {} };
    const client = await RawClient.connected(target, 5);
    await client.subscribe("a");
    await client.publishAcked("$delayed/1/a", "later");
    await broker.reloadHooks();
    const message = await client.receive({ within: 10_000 });
    assert.equal(message.payload.toString(), "later");
    client.close();
  });
});

describe("hooks of a configuration", () => {
  it("that do not start keep the broker from starting", async () => {
    await assert.rejects(sceneOf(`export const hooks = { start() { throw new Error("no database"); } };`), {
      code: "hook_invalid",
      message: /\.\/hooks\.mjs does not start: no database/,
    });
  });

  it("let a message of a client pass that says good-bye at once, also where they wait", async () => {
    await using scene = await sceneOf(
      "export const hooks = { beforePublish: () => new Promise((resolve) => setImmediate(resolve)) };",
    );
    const subscriber = await RawClient.connected(scene, 5);
    await subscriber.subscribe("a");
    const hasty = await RawClient.open(scene, 4);
    hasty.send(
      packets.connect({ version: 4, clientId: "hasty" }),
      packets.publish({ version: 4, topic: "a", payload: "1" }),
      packets.publish({ version: 4, topic: "a", payload: "2" }),
      packets.raw("e0 00"),
    );
    assert.equal((await subscriber.receive()).payload.toString(), "1");
    assert.equal((await subscriber.receive()).payload.toString(), "2");
    await settle(scene);
  });
});
