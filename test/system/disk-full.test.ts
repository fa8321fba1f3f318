import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AcknowledgementPacket, RawClient, settle, SkipTest, temporaryFolder } from "../kit/mod.ts";
import { lasting } from "./lasting.ts";
import { startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

/** A file system of a few megabytes; only root can make one. */
function smallDisk(): { readonly path: string } & Disposable {
  const path = temporaryFolder("disk");
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", path]);
  if (mounted.status !== 0) {
    rmSync(path, { recursive: true });
    throw new SkipTest("only root can mount a small file system");
  }
  return {
    path,
    [Symbol.dispose]() {
      execFileSync("umount", ["-l", path]);
      rmSync(path, { recursive: true });
    },
  };
}

scenario(
  "a full disk: 0x97 for what needs it, everything else goes on, and it recovers without a restart",
  async () => {
    using disk = smallDisk();
    const ballast = join(disk.path, "ballast");
    writeFileSync(ballast, Buffer.alloc(3_000_000));
    const data_dir = join(disk.path, "data");
    await using running = await startRunningBroker({ durability: "local", data_dir });
    const away = await RawClient.connected(running, 5, lasting(5, "away"));
    await away.subscribe("full", { qos: 1 });
    await away.disconnect();

    const publisher = await RawClient.connected(running, 5);
    const payload = Buffer.alloc(50_000, "x");
    let taken = 0;
    /** Publishes and answers the reason code; 0x97 comes at once while the disk is full. */
    const publish = async (): Promise<number> => {
      const packetId = publisher.publish("full", payload, { qos: 1 });
      // The publication that meets the full disk waits until there is room: others must not.
      return Promise.race([publisher.take("puback", { packetId }).then(codeOf), refused(running)]);
    };
    for (let code = 0; code === 0 && taken < 1000; taken++) code = await publish();
    assert.ok((await running.broker.read()).gauges.storeRefuses, "the disk was never full");

    const other = await RawClient.connected(running, 5);
    const told = other.publish("full", "no room", { qos: 1 });
    assert.equal((await other.take("puback", { packetId: told })).reasonCode, 0x97);
    await settle(running);

    rmSync(ballast);
    const again = await RawClient.connected(running, 5);
    await works(running);
    assert.equal((await again.publishAcked("full", "room again", { qos: 1 })).reasonCode, 0);
    const lines = (await running.logged()).filter(({ level }) => level === "error").map(({ message }) => message);
    assert.equal(lines.filter((line) => line.includes("cannot be written")).length, 1, lines.join("\n"));
  },
  { within: 100_000 },
);

type Running = Awaited<ReturnType<typeof startRunningBroker>>;

function codeOf({ reasonCode }: AcknowledgementPacket): number {
  return reasonCode;
}

/** Resolves with 0x97 once the store refuses. */
async function refused(running: Running): Promise<number> {
  while (!(await running.broker.read()).gauges.storeRefuses) await new Promise((resolve) => setImmediate(resolve));
  return 0x97;
}

async function works(running: Running): Promise<void> {
  while ((await running.broker.read()).gauges.storeRefuses) await new Promise((resolve) => setImmediate(resolve));
}
