import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogFields, Logger } from "../base/mod.ts";
import type { Will } from "../protocol/mod.ts";
import { MemoryBroker } from "./fuzz/memory-broker.ts";

const will: Will = { topic: "will", payload: Buffer.from("gone"), qos: 0, retain: false, properties: {} };

test("connections beyond the limit are refused, and there is room again when one has gone", async () => {
  await using broker = new MemoryBroker({ max_connections: 2 });
  const first = broker.stream();
  broker.stream();
  assert.equal(broker.listener.connect(), null);
  assert.equal(broker.shard.statistics.connectionsRefused, 1);
  first.peer.destroy();
  await broker.settled();
  assert.notEqual(broker.listener.connect(), null);
});

test("a broker that stops says so to 5.0 clients, publishes wills, and closes all", async () => {
  const broker = new MemoryBroker();
  const [five, four, silent] = [broker.stream(), broker.stream(), broker.stream()];
  five.connect("5", { will });
  four.connect("4", { version: 4 });
  await broker.settled();
  four.subscribe("will");
  await broker.settled();
  await broker[Symbol.asyncDispose]();
  assert.deepEqual(five.words(), ["connack", "disconnect 0x8b"]);
  assert.deepEqual(four.words(), ["connack", "suback 2", "gone qos0"]);
  assert.deepEqual([five.closed, four.closed, silent.closed], [true, true, true]);
  assert.equal(broker.shard.context.connections.size, 0);
});

test("a broker that stops hears what a client still sends, and is not stopped by one that does not close", async () => {
  const broker = new MemoryBroker();
  const [talking, silent] = [broker.stream(), broker.stream()];
  talking.connect("talking");
  silent.connect("silent");
  await broker.settled();
  const stopping = broker.shard.stop(5000);
  talking.publish("a", "x");
  await broker.settled();
  assert.deepEqual(talking.words(), ["connack", "disconnect 0x8b"]);
  talking.peer.end();
  await broker.settled();
  assert.equal(broker.shard.context.connections.size, 1, "who closes is done with, and who does not has a second");
  broker.clock.advance(1000);
  await stopping;
  assert.equal(broker.shard.context.connections.size, 0);
});

test("a broker that has stopped takes nobody", async () => {
  const broker = new MemoryBroker();
  await broker[Symbol.asyncDispose]();
  assert.equal(broker.listener.connect(), null);
});

test("a client that does not read does not keep a broker from stopping", async () => {
  const broker = new MemoryBroker();
  const client = broker.stream();
  client.connect("c");
  await broker.settled();
  client.subscribe("#");
  await broker.settled();
  client.peer.stalled = true;
  for (let index = 0; index < 50; index++) client.publish("a", "x".repeat(1000));
  await broker.settled();
  await broker[Symbol.asyncDispose]();
  assert.equal(broker.shard.context.connections.size, 0);
});

test("connections, clients and sessions are counted up and down", async () => {
  await using broker = new MemoryBroker();
  const { statistics, sessions } = broker.shard;
  const clients = [broker.stream(), broker.stream(), broker.stream()];
  clients[0]?.connect("1", { properties: { sessionExpiryInterval: 10 } });
  clients[1]?.connect("2");
  await broker.settled();
  assert.deepEqual([statistics.connections, statistics.clients, sessions.size], [3, 2, 2]);
  for (const { peer } of clients) peer.destroy();
  await broker.settled();
  assert.deepEqual([statistics.connections, statistics.clients, sessions.size], [0, 0, 1]);
  await broker.advance(11);
  assert.equal(sessions.size, 0);
});

test("a silent stranger is closed in time, and a client that keeps its promise is not", async () => {
  await using broker = new MemoryBroker({ connect_timeout_seconds: 5 });
  const [stranger, client] = [broker.stream(), broker.stream()];
  client.connect("c", { keepAlive: 10 });
  await broker.settled();
  for (let second = 0; second < 60; second++) {
    await broker.advance(1);
    if (second % 9 === 0) client.send({ type: "pingreq" });
  }
  assert.deepEqual([stranger.closed, client.closed], [true, false]);
  for (let second = 0; second < 16; second++) await broker.advance(1);
  assert.equal(client.closed, true);
  assert.ok(client.words().includes("disconnect 0x8d"));
});

test("what is ours to answer for costs one connection and is told, without a payload", async () => {
  const errors: [string, LogFields | undefined][] = [];
  const nothing = (): void => {};
  const logger: Logger = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (message, fields) => void errors.push([message, fields]),
  };
  await using broker = new MemoryBroker({}, { logger });
  const [one, two] = [broker.stream(), broker.stream()];
  one.connect("1");
  two.connect("2");
  await broker.settled();
  const route = broker.shard.router.route.bind(broker.shard.router);
  broker.shard.router.route = (topic) => {
    if (topic.name === "bug") throw new Error("a bug");
    return route(topic);
  };
  one.publish("bug", "secret");
  two.send({ type: "pingreq" });
  await broker.settled();
  assert.deepEqual([one.words(), one.closed], [["connack", "disconnect 0x83"], true]);
  assert.deepEqual(two.words(), ["connack", "pingresp"]);
  assert.equal(errors.length, 1);
  assert.equal(JSON.stringify(errors).includes("secret"), false);
});
