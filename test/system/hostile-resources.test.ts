import assert from "node:assert/strict";
import { Limit } from "../../src/session/mod.ts";
import {
  heldBytes,
  packets,
  pingWork,
  RawClient,
  shardsUnderTest,
  startTestBroker,
  type TestBroker,
  workedMilliseconds,
} from "../kit/mod.ts";
import { startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

const megabyte = 1024 * 1024;
/** The fixed header of a packet of 268,435,455 bytes, the most that MQTT can announce. */
const announced = (firstByte: number): Buffer => Buffer.from([firstByte, 0xff, 0xff, 0xff, 0x7f]);

scenario("a client that sends its CONNECT byte by byte has ten seconds for all of it", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const bytes = packets.connect({ version: 5, clientId: "a client that takes its time" });
  const slow = await RawClient.open(broker, 5);
  const silent = await RawClient.open(broker, 4);
  for (let second = 0; second < 9; second += 1) {
    slow.send(bytes.subarray(second, second + 1));
    await broker.advance(1000);
  }
  await (await RawClient.connected(broker, 5)).ping();
  slow.send(bytes.subarray(9, 10));
  await broker.advance(1200);
  assert.deepEqual(await slow.expectClosed(), []);
  assert.deepEqual(await silent.expectClosed(), []);
});

scenario("five hundred connections that say nothing keep nobody out and are closed in time", async () => {
  await using broker = await startTestBroker({ connect_timeout_seconds: 5 }, { manualClock: true });
  const witness = await RawClient.connected(broker, 4);
  const silent = await Promise.all(Array.from({ length: 500 }, () => RawClient.open(broker, 4)));
  const client = await connectedMeanwhile(broker, witness);
  await client.publishAcked("a", "served");
  await broker.advance(5200);
  for (const connection of silent) await connection.expectClosed({ within: 10_000 });
  await client.ping();
});

/**
 * Connects while the stopped clock moves on: who says nothing is given some milliseconds, then others may speak. The
 * witness's pings keep that clock from running away from the work that there is.
 */
async function connectedMeanwhile(broker: TestBroker, witness: RawClient): Promise<RawClient> {
  let isIn = false;
  const connecting = RawClient.connected(broker, 4).then((client) => {
    isIn = true;
    return client;
  });
  for (let waited = 0; waited < 4000 && !isIn; waited += 5) {
    await broker.advance(5);
    await witness.ping();
  }
  return connecting;
}

scenario("a packet that is announced too large ends the connection before a byte of its body is there", async () => {
  await using broker = await startTestBroker();
  const witness = await RawClient.connected(broker, 4);
  for (const firstByte of [0x30, 0x82, 0xa2, 0x40, 0xe0]) {
    const client = await RawClient.connected(broker, 5);
    client.send(announced(firstByte));
    await client.expectDisconnect(0x95, ...(firstByte === 0x30 ? [] : [0x81]));
  }
  const old = await RawClient.connected(broker, 4);
  old.send(announced(0x30));
  await old.expectClosed();
  const stranger = await RawClient.open(broker, 5);
  stranger.send(announced(0x10));
  await stranger.expectClosed();
  await witness.ping();
});

scenario("announced packets of 256 MB that never come cost no memory, also where they are allowed", async () => {
  await using broker = await startTestBroker({ max_packet_size_server: 268_435_460 });
  const before = heldBytes();
  const clients: RawClient[] = [];
  for (let count = 0; count < 50; count += 1) {
    const client = await RawClient.connected(broker, 5);
    client.send(announced(0x30), Buffer.alloc(1000));
    clients.push(client);
  }
  const witness = await RawClient.connected(broker, 5);
  await witness.publishAcked("a", "served");
  const grown = heldBytes() - before;
  assert.ok(grown < 30 * megabyte, `memory grew by ${Math.round(grown / megabyte)} MB`);
  assert.equal(clients.length, 50);
});

scenario("a large packet that trickles in costs memory for what has come, not for what is announced", async () => {
  await using broker = await startTestBroker({ max_packet_size_server: 268_435_460 });
  const before = heldBytes();
  for (let count = 0; count < 10; count += 1) {
    const client = await RawClient.connected(broker, 5);
    client.send(announced(0x30));
    for (let piece = 0; piece < 10; piece += 1) client.send(Buffer.alloc(50_000));
  }
  await (await RawClient.connected(broker, 5)).ping();
  const grown = heldBytes() - before;
  // Five megabytes have come. Buffers that double, and the test's own, may be several times that.
  assert.ok(grown < 60 * megabyte, `memory grew by ${Math.round(grown / megabyte)} MB`);
});

scenario("a client that floods with tiny packets does not keep the others from being served", async () => {
  await using broker = await startTestBroker();
  const flooding = await RawClient.connected(broker, 4);
  const other = await RawClient.connected(broker, 5);
  const flood = Buffer.concat(Array.from({ length: 100_000 }, () => packets.pingreq()));
  flooding.send(flood);
  let worst = 0;
  for (let count = 0; count < 50; count += 1) worst = Math.max(worst, await pingWork(other));
  assert.ok(worst < 1000, `a ping waited for ${Math.round(worst)} ms of work`);
});

scenario(
  "a CONNECT with a hundred thousand user properties, or with garbage behind it, is judged quickly",
  async () => {
    await using broker = await startTestBroker();
    const other = await RawClient.connected(broker, 5);
    const heavy = await RawClient.open(broker, 5);
    const properties = Array.from({ length: 100_000 }, () => [0x26, ["", ""]] as const);
    const sent = workedMilliseconds();
    heavy.send(packets.connect({ version: 5, clientId: "heavy", properties }));
    await other.ping();
    assert.ok(workedMilliseconds() - sent < 1000);
    const answer = await heavy.next();
    assert.equal(answer.type, "connack");
  },
);

scenario("a client that subscribes to as much as one session may is told where that ends", async () => {
  await using broker = await startRunningBroker({ max_subscriptions_per_session: 1000 });
  const client = await RawClient.connected(broker, 5);
  const filters = Array.from({ length: 1500 }, (_, index) => ({ filter: `f/${index}`, qos: 1 }));
  const { reasonCodes } = await client.subscribe(filters);
  assert.deepEqual(
    reasonCodes,
    filters.map((_, index) => (index < 1000 ? 1 : 0x97)),
  );
  const { gauges, statistics } = await broker.broker.read();
  assert.deepEqual([gauges.subscriptions, statistics.limitsReached[Limit.subscriptions]], [1000, 500]);
  // One that it has already may be changed, and one that it gives up makes room.
  assert.deepEqual((await client.subscribe("f/7", { qos: 2 })).reasonCodes, [2]);
  await client.unsubscribe("f/7");
  assert.deepEqual((await client.subscribe("another", { qos: 1 })).reasonCodes, [1]);
});

scenario("filters made to be matched in many ways, and topics of many levels, do not hold up the broker", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  const levels = 16;
  const filters = Array.from({ length: 4000 }, (_, index) => {
    const parts = Array.from({ length: levels }, (_level, at) => (((index >> at) & 1) === 1 ? "+" : "a"));
    return { filter: parts.join("/") };
  });
  for (let at = 0; at < filters.length; at += 500) await client.subscribe(filters.slice(at, at + 500));
  const other = await RawClient.connected(broker, 5);
  for (let count = 0; count < 20; count += 1)
    client.publish(Array.from({ length: levels }, () => "a").join("/"), `${count}`);
  assert.ok((await pingWork(other)) < 1000);
  const deep = "/".repeat(60_000);
  const answer = await other.publishAcked(deep, "x").catch(() => other.expectClosed());
  assert.ok(answer !== undefined);
  await (await RawClient.connected(broker, 5)).ping();
});

scenario("connections beyond max_connections are refused, and one that leaves makes room", async () => {
  await using broker = await startTestBroker({ max_connections: 3 });
  const clients = [];
  for (let count = 0; count < 3; count += 1) clients.push(await RawClient.connected(broker, 5));
  const extra = await RawClient.open(broker, 5);
  const answers = await extra.expectClosed();
  for (const answer of answers) assert.ok(answer.type === "connack" && [0x97, 0x88, 0x89].includes(answer.reasonCode));
  await clients[0]?.disconnect();
  await (await letIn(broker)).ping();
});

/** Connects when there is room. One shard knows of it at once, several when the one that had the client has said so. */
async function letIn(broker: TestBroker): Promise<RawClient> {
  while (shardsUnderTest() > 1) {
    const client = await RawClient.open(broker, 5);
    const answer = await client.connect().catch(() => null);
    if (answer?.reasonCode === 0) return client;
  }
  return RawClient.connected(broker, 5);
}
