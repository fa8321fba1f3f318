import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { RawClient, type RealClient, run, type Target, temporaryFolder } from "../kit/mod.ts";
import { lasting } from "./lasting.ts";
import { scenario } from "./scenario.ts";

const library = new URL("../../src/mod.ts", import.meta.url).href;

/** A program that embeds the broker; a hook of its publishes a copy of each message, and a line of input two more. */
const program = `
import { createBroker } from ${JSON.stringify(library)};
const hooks = {
  beforePublish: (message, broker) =>
    broker.publish({ topic: "copied/" + message.topic, payload: message.payload, qos: 1 }).then(() => undefined),
};
const settings = { listeners: { mqtt: { addr: "127.0.0.1:0" } }, durability: "local", data_dir: process.argv[1] };
const broker = createBroker(settings, { hooks });
await broker.start();
console.log("port " + broker.listeners[0].port);
process.stdin.once("data", async () => {
  await broker.publish({ topic: "kept", payload: "retained", qos: 1, retain: true });
  await broker.publish({ topic: "copied/own", payload: "own", qos: 1 });
  console.log("safe");
});
`;

async function startProgram(folder: string): Promise<{ readonly child: RealClient; readonly target: Target }> {
  const child = run(process.execPath, ["--input-type=module", "-e", program, folder]);
  const line = await child.line(/^port \d+$/);
  return { child, target: { host: "127.0.0.1", port: Number(line.split(" ")[1]), adopt: () => {} } };
}

scenario("what hooks and the embedding program publish is safe when they are told so, also from kill -9", async () => {
  const folder = temporaryFolder("embedded");
  try {
    const first = await startProgram(join(folder, "data"));
    const away = await RawClient.connected(first.target, 5, lasting(5, "away"));
    await away.subscribe("copied/#", { qos: 1 });
    await away.disconnect();
    const publisher = await RawClient.connected(first.target, 5);
    await publisher.publishAcked("a", "by a client", { qos: 1 });
    first.child.feed("go\n");
    await first.child.line(/^safe$/);
    first.child.signal("SIGKILL");
    await first.child.finished;

    const second = await startProgram(join(folder, "data"));
    const back = await RawClient.connected(second.target, 5, lasting(5, "away"));
    for (const [topic, text] of [
      ["copied/a", "by a client"],
      ["copied/own", "own"],
    ]) {
      const message = await back.receive();
      assert.deepEqual([message.topic, message.payload.toString()], [topic, text]);
    }
    await back.subscribe("kept", { qos: 1 });
    assert.equal((await back.receive()).payload.toString(), "retained");
    await back.disconnect();
    await second.child.stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
