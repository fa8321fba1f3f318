import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RawClient, type Target } from "../kit/mod.ts";
import { startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

scenario("several listeners of one kind serve the same sessions, each under its own name", async () => {
  const path = join(tmpdir(), `akasa-listeners-${process.pid}.sock`);
  const mqtt = [
    { addr: "127.0.0.1:0" },
    { addr: "[::1]:0" },
    { addr: `unix:${path}`, name: "local", unix_mode: "600" },
    { addr: "127.0.0.1:0", reuse_port: true },
  ];
  await using running = await startRunningBroker({ listeners: { mqtt } });
  const { listeners } = running.broker;
  assert.deepEqual(
    listeners.map(({ name }) => name),
    ["mqtt", "mqtt-2", "local", "mqtt-4"],
  );
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const targets: Target[] = listeners.map(({ address, port }) => {
    const host = address.startsWith("unix:") ? address : address.slice(0, address.lastIndexOf(":"));
    return { host: host.replace(/[[\]]/g, ""), port, adopt: (client) => running.adopt(client) };
  });
  const clients = await Promise.all(targets.map((target) => RawClient.connected(target, 5)));
  for (const client of clients) await client.subscribe("news");
  clients[2]?.publish("news", "to all");
  for (const client of clients) assert.equal((await client.receive()).payload.toString(), "to all");
});
