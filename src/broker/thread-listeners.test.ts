import assert from "node:assert/strict";
import { test } from "node:test";
import { clientListeners, createConfig } from "../config/mod.ts";
import type { BrokerListener } from "./broker.ts";
import { sharedPorts } from "./thread-listeners.ts";

const config = createConfig({
  listeners: { mqtt: [{ addr: "127.0.0.1:0" }, { addr: "unix:/tmp/a.sock" }], ws: { addr: "127.0.0.1:0" } },
});

const open: readonly BrokerListener[] = [
  { name: "mqtt", address: "127.0.0.1:1111", port: 1111 },
  { name: "mqtt-2", address: "unix:/tmp/a.sock", port: 0 },
  { name: "ws", address: "127.0.0.1:2222", port: 2222 },
];

/** Name, address and whether the port is shared, of each listener that a shard opens. */
function plan(place: number, known: readonly BrokerListener[]): unknown[] {
  const own = sharedPorts.of(place, config, known);
  return clientListeners(own.listeners).map(({ name, settings }) => [name, settings.addr, settings.reuse_port]);
}

test("all shards share the ports that the first one was given; a Unix socket is the first one's alone", () => {
  assert.deepEqual(plan(0, []), [
    ["mqtt", "127.0.0.1:0", true],
    ["mqtt-2", "unix:/tmp/a.sock", false],
    ["ws", "127.0.0.1:0", true],
  ]);
  assert.deepEqual(plan(1, open), [
    ["mqtt", "127.0.0.1:1111", true],
    ["ws", "127.0.0.1:2222", true],
  ]);
});

test("who takes the first shard's place has its Unix socket and its ports", () => {
  assert.deepEqual(plan(0, open), [
    ["mqtt", "127.0.0.1:1111", true],
    ["mqtt-2", "unix:/tmp/a.sock", false],
    ["ws", "127.0.0.1:2222", true],
  ]);
});
