import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { RawClient, temporaryFolder } from "../kit/mod.ts";
import { akasa, type AkasaProcess, startAkasaProcess } from "./akasa-process.ts";
import { lasting } from "./lasting.ts";
import { scenario } from "./scenario.ts";

/** A broker that keeps what it acknowledges in `data`, and the clients of a test. */
async function startOn(
  data: string,
): Promise<{ readonly broker: AkasaProcess; connect(clientId: string): Promise<RawClient> }> {
  // The runner of the tests asks for brokers that keep everything in memory.
  const broker = await startAkasaProcess("", ["env", "AKASA_DURABILITY=local", `AKASA_DATA_DIR=${data}`]);
  const target = { ...broker, adopt: () => {} };
  return { broker, connect: (clientId) => RawClient.connected(target, 5, lasting(5, clientId)) };
}

scenario(
  "inspect, export and import: what a stopped broker keeps is told, and another broker goes on with it",
  async () => {
    const folder = temporaryFolder("archive");
    const [data, copy] = [join(folder, "data"), join(folder, "copy")];
    try {
      const first = await startOn(data);
      const away = await first.connect("away");
      await away.subscribe("news/#", { qos: 1 });
      await away.disconnect();
      const publisher = await first.connect("publisher");
      for (const text of ["one", "two"]) await publisher.publishAcked("news/a", text, { qos: 1 });
      await publisher.publishAcked("kept", "retained", { qos: 1, retain: true });

      const busy = await akasa("inspect", data).finished;
      assert.equal(busy.exitCode, 1);
      assert.match(busy.errors, /another process uses this data folder/);
      await publisher.disconnect();
      await first.broker.stop();

      const told = await akasa("inspect", data).finished;
      assert.equal(told.exitCode, 0, told.errors);
      assert.match(told.output, /^sessions +2$/m);
      assert.match(told.output, /^queued +2 messages, /m);
      assert.match(told.output, /^retained +1 messages, /m);
      assert.match(told.output, /^2 .*"away"$/m);
      const counted = JSON.parse((await akasa("inspect", data, "--json").finished).output) as { sessions: unknown[] };
      assert.equal(counted.sessions.length, 2);

      const lines = await akasa("export", data).finished;
      assert.equal(lines.exitCode, 0, lines.errors);
      const importing = akasa("import", copy);
      importing.feed(lines.output);
      const brought = await importing.finished;
      assert.equal(brought.exitCode, 0, brought.errors);
      assert.match(brought.output, /2 sessions, 1 subscriptions, 2 queued and 1 retained messages/);

      const second = await startOn(copy);
      const back = await second.connect("away");
      for (const text of ["one", "two"]) assert.equal((await back.receive()).payload.toString(), text);
      await back.subscribe("kept", { qos: 1 });
      assert.equal((await back.receive()).payload.toString(), "retained");
      await back.disconnect();
      await second.broker.stop();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
