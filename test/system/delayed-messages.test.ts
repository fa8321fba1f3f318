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
  const keeps = ["env", "AKASA_DURABILITY=local", `AKASA_DATA_DIR=${data}`];
  const broker = await startAkasaProcess("hooks: [akasa:delayed-publish]\n", keeps);
  const target = { ...broker, adopt: () => {} };
  return { broker, connect: (clientId) => RawClient.connected(target, 5, lasting(5, clientId)) };
}

const count = 60;

/** Publishes messages that are due in some seconds, and resolves when each is acknowledged. */
async function publishDelayed(publisher: RawClient): Promise<void> {
  for (let index = 0; index < count; index++) {
    const qos = index % 2 === 0 ? 1 : 2;
    await publisher.publishAcked(`$delayed/2/news/${index}`, `m${index}`, { qos });
  }
}

scenario(
  "delayed messages that were acknowledged survive kill -9, once each, also by way of an export",
  async () => {
    const folder = temporaryFolder("delayed");
    const [data, copy] = [join(folder, "data"), join(folder, "copy")];
    try {
      const first = await startOn(data);
      const away = await first.connect("away");
      await away.subscribe("news/#", { qos: 2 });
      await away.disconnect();
      await publishDelayed(await first.connect("publisher"));
      first.broker.signal("SIGKILL");
      await first.broker.stop();

      const told = JSON.parse((await akasa("inspect", data, "--json").finished).output) as {
        delayedMessages: number;
        sessions: { queuedMessages: number }[];
      };
      const queued = told.sessions.reduce((sum, session) => sum + session.queuedMessages, 0);
      assert.equal(told.delayedMessages + queued, count);
      assert.ok(told.delayedMessages > 0, "all of them were due before the kill");
      const exported = await akasa("export", data).finished;
      const importing = akasa("import", copy);
      importing.feed(exported.output);
      const imported = await importing.finished;
      assert.match(imported.output, new RegExp(`, ${told.delayedMessages} delayed$`, "m"));

      for (const path of [data, copy]) {
        const again = await startOn(path);
        const back = await again.connect("away");
        const payloads: string[] = [];
        for (let index = 0; index < count; index++) {
          const { topic, payload } = await back.receive();
          assert.equal(topic, `news/${payload.toString().slice(1)}`);
          payloads.push(payload.toString());
        }
        await back.expectNothing();
        assert.deepEqual(
          payloads,
          Array.from({ length: count }, (_, index) => `m${index}`),
        );
        await back.disconnect();
        await again.broker.stop();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  { within: 150_000 },
);
