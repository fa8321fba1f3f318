import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { createBroker, type EmbeddedBroker } from "../../src/mod.ts";
import { packets, prop, RawClient, type RealClient, run, type Target, temporaryFolder } from "../kit/mod.ts";

const root = join(import.meta.dirname, "../..");
const npm = { program: "npm", flags: ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"] };

/** What npm says where it cannot reach a registry. */
const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED/;

/** An empty folder in which the packed package was installed; null where there is no registry for what it needs. */
async function installed(): Promise<string | null> {
  const folder = temporaryFolder("packed");
  // Packed from a copy: the build writes dist/, which the other tests must not see.
  const copy = join(folder, "copy");
  const left = new Set(["node_modules", "dist", ".git"].map((name) => join(root, name)));
  cpSync(root, copy, { recursive: true, filter: (source) => !left.has(source) });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const packed = await run(npm.program, ["pack", copy, "--pack-destination", folder, ...npm.flags], { within: 90_000 })
    .finished;
  assert.equal(packed.exitCode, 0, packed.errors);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? assert.fail("there is no tarball");
  const target = join(folder, "empty");
  mkdirSync(target);
  const args = ["install", "--prefix", target, join(folder, tarball), "mqtt", ...npm.flags];
  const result = await run(npm.program, args, { within: 90_000 }).finished;
  if (result.exitCode !== 0 && offline.test(result.errors)) return null;
  assert.equal(result.exitCode, 0, result.errors);
  cpSync(join(root, "examples"), target, { recursive: true });
  return target;
}

/** Starts an example and answers where its broker listens. */
async function started(child: RealClient): Promise<Target> {
  const line = await child.line(/listening/);
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1]);
  return { host: "127.0.0.1", port, adopt: () => {} };
}

async function openBroker(): Promise<{ broker: EmbeddedBroker; target: Target; url: string }> {
  const broker = createBroker({ listeners: { mqtt: { addr: "127.0.0.1:0" } } });
  await broker.start();
  const port = broker.listeners[0]?.port ?? 0;
  return { broker, target: { host: "127.0.0.1", port, adopt: () => {} }, url: `mqtt://127.0.0.1:${port}` };
}

describe("from the packed package, in an empty folder", () => {
  let folder: string | null = null;

  before(async () => {
    folder = await installed();
  });

  function example(
    t: { skip(reason: string): void },
    name: string,
    body: (at: string) => Promise<void>,
  ): Promise<void> {
    if (folder !== null) return body(join(folder, name));
    t.skip("npm reaches no registry for the package's dependencies");
    return Promise.resolve();
  }

  it("the minimal broker serves clients and prints what they publish", (t) =>
    example(t, "minimal-broker", async (at) => {
      await using child = run(process.execPath, [join(at, "broker.ts"), "0"]);
      const client = await RawClient.connected(await started(child), 5);
      await client.subscribe("greetings/#");
      assert.equal((await client.receive()).payload.toString(), "hello");
      await client.publishAcked("news", "from a client");
      await child.line(/^news: from a client$/);
      client.close();
      child.signal("SIGTERM");
      assert.equal((await child.finished).exitCode, 0);
    }));

  it("hooks in a file refuse, change and rewrite, and SIGHUP loads them anew", (t) =>
    example(t, "hooks-in-a-file", async (at) => {
      const main = join(at, "../node_modules/akasa/bin/akasa.js");
      process.env["AKASA_LISTENERS_MQTT_ADDR"] = "127.0.0.1:0";
      await using child = run(process.execPath, [main, "start", "--config", join(at, "akasa.yaml")]);
      delete process.env["AKASA_LISTENERS_MQTT_ADDR"];
      const target = await started(child);
      const client = await RawClient.connected(target, 5, { clientId: "c1" });
      assert.equal((await client.publishAcked("clients/c2/x", "x")).reasonCode, 0x87);
      await client.subscribe("new/+");
      client.publish("old/1", "moved");
      const message = await client.receive();
      assert.equal(message.topic, "new/1");
      assert.ok(message.properties.some(([id]) => id === prop.userProperty));
      child.signal("SIGHUP");
      await child.line(/reloaded/);
      client.publish("old/2", "moved too");
      assert.equal((await client.receive()).topic, "new/2");
      client.send(packets.raw("e0 00"));
      await child.line(/gone/);
      child.signal("SIGTERM");
      assert.equal((await child.finished).exitCode, 0);
    }));

  it("a test with a broker of its own passes", (t) =>
    example(t, "broker-in-a-test", async (at) => {
      // Node's mark for test files in tests: with it the file would be skipped.
      delete process.env["NODE_TEST_CONTEXT"];
      const { exitCode, output } = await run(process.execPath, ["--test", join(at, "temperature-alarm-checks.ts")])
        .finished;
      assert.equal(exitCode, 0, output);
      assert.match(output, /pass 1/);
    }));

  it("users in SQLite get in with their password only", (t) =>
    example(t, "sqlite-users", async (at) => {
      const file = join(at, "users.db");
      const add = await run(process.execPath, [join(at, "add-user.ts"), file, "ann", "secret"]).finished;
      assert.equal(add.exitCode, 0, add.errors);
      await using child = run(process.execPath, [join(at, "broker.ts"), "0", file]);
      const target = await started(child);
      for (const [userName, password, code] of [
        ["ann", "secret", 0],
        ["ann", "wrong", 0x86],
        ["bob", "secret", 0x86],
      ] as const) {
        const client = await RawClient.open(target, 5);
        assert.equal((await client.connect({ userName, password })).reasonCode, code, `${userName} ${password}`);
        client.close();
      }
      child.signal("SIGTERM");
      assert.equal((await child.finished).exitCode, 0);
    }));

  it("a bridge brings messages from one broker to another, each once", (t) =>
    example(t, "bridge", async (at) => {
      const [one, two] = [await openBroker(), await openBroker()];
      await using _ = one.broker;
      await using __ = two.broker;
      const receiver = await RawClient.connected(two.target, 5);
      await receiver.subscribe("#", { qos: 1 });
      await using child = run(process.execPath, [join(at, "bridge.ts"), one.url, two.url, "sensors/#"]);
      await child.line(/^bridging/);
      for (const payload of ["1", "2", "3"]) await one.broker.publish({ topic: "sensors/a", payload, qos: 1 });
      await one.broker.publish({ topic: "private", payload: "x", qos: 1 });
      await one.broker.publish({ topic: "sensors/b", payload: "last", qos: 1 });
      const texts = [];
      while (texts.at(-1) !== "last") texts.push((await receiver.receive()).payload.toString());
      assert.deepEqual(texts, ["1", "2", "3", "last"]);
      receiver.close();
      child.signal("SIGTERM");
      assert.equal((await child.finished).exitCode, 0);
    }));
});
