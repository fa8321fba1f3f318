import assert from "node:assert/strict";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { RawClient, temporaryFolder } from "../kit/mod.ts";
import { lasting } from "./lasting.ts";
import { type RunningBroker, startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

const megabyte = 1_000_000;

/** Bytes of the files in a folder and below. */
function sizeOf(folder: string): number {
  let bytes = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    // The database takes files away while one looks.
    bytes += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

/** A broker on a folder of its own. */
async function withFolder(body: (broker: RunningBroker, folder: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder("disk-use");
  try {
    await using broker = await startRunningBroker({ durability: "local", data_dir: folder });
    await body(broker, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Resolves when the folder takes less; the test's own deadline says when that took too long. */
async function smallerThan(folder: string, bytes: number): Promise<void> {
  while (sizeOf(folder) >= bytes) await new Promise((resolve) => setImmediate(resolve));
}

async function away(broker: RunningBroker, clientId: string): Promise<void> {
  const client = await RawClient.connected(broker, 5, lasting(5, clientId));
  await client.subscribe("d", { qos: 1 });
  await client.disconnect();
}

/** Messages that no compression makes smaller. */
async function publish(broker: RunningBroker, count: number, bytes: number): Promise<void> {
  const publisher = await RawClient.connected(broker, 5);
  for (let index = 0; index < count; index++) {
    const payload = crypto.getRandomValues(new Uint8Array(bytes));
    await publisher.publishAcked("d", Buffer.from(payload), { qos: 1 });
  }
}

scenario("a message that waits for a hundred sessions is on the disk once", () =>
  withFolder(async (broker, folder) => {
    for (let index = 0; index < 100; index++) await away(broker, `c${index}`);
    await publish(broker, 20, 60_000);
    const bytes = sizeOf(folder);
    assert.ok(bytes > 1.2 * megabyte && bytes < 3 * megabyte, `${bytes} bytes for 20 messages of 60,000`);
  }),
);

scenario("the disk is free again after a backlog was drained", () =>
  withFolder(async (broker, folder) => {
    await away(broker, "c");
    await publish(broker, 200, 60_000);
    assert.ok(sizeOf(folder) > 12 * megabyte);
    const client = await RawClient.connected(broker, 5, lasting(5, "c"));
    for (let index = 0; index < 200; index++) await client.receive();
    await smallerThan(folder, megabyte);
  }),
);

scenario("the disk is free again after sessions expired with what waited for them", () =>
  withFolder(async (broker, folder) => {
    // Connected, but without an answer to any message: the time begins when they go.
    const clients: RawClient[] = [];
    for (const clientId of ["one", "other"]) {
      const client = await RawClient.connected(broker, 5, lasting(5, clientId, 1));
      await client.subscribe("d", { qos: 1 });
      clients.push(client);
    }
    await publish(broker, 100, 60_000);
    assert.ok(sizeOf(folder) > 6 * megabyte);
    for (const client of clients) await client.disconnect();
    await smallerThan(folder, megabyte);
  }),
);

scenario("the disk is free again after clients asked for new sessions", () =>
  withFolder(async (broker, folder) => {
    for (const clientId of ["one", "other"]) await away(broker, clientId);
    await publish(broker, 100, 60_000);
    assert.ok(sizeOf(folder) > 6 * megabyte);
    for (const clientId of ["one", "other"]) await RawClient.connected(broker, 5, { clientId, cleanStart: true });
    await smallerThan(folder, megabyte);
  }),
);
