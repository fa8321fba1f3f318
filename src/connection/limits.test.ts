import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  AuthenticationExchange,
  AuthenticationResult,
  Authenticator,
  ClientLimits,
  Verdict,
} from "../auth/mod.ts";
import { MemoryBroker } from "../broker/fuzz/memory-broker.ts";
import type { MemoryClient } from "../broker/fuzz/memory-client.ts";
import { ReasonCode } from "../protocol/mod.ts";
import { DropReason, Limit } from "../session/mod.ts";

function reached(broker: MemoryBroker, limit: keyof typeof Limit): number {
  return broker.shard.statistics.limitsReached[Limit[limit]] as number;
}

async function connected(broker: MemoryBroker, clientId: string, change = {}): Promise<MemoryClient> {
  const client = broker.stream();
  client.connect(clientId, change);
  await broker.settled();
  return client;
}

/** Lets in whoever has a password, with what the test says; others fail. */
class Doorkeeper implements Authenticator {
  readonly #result: Omit<AuthenticationResult, "userName">;

  constructor(result: Omit<AuthenticationResult, "userName"> = {}) {
    this.#result = result;
  }

  authenticate({ password }: { password: Uint8Array | null }): Verdict {
    if (password !== null) return { kind: "accepted", userName: "u", ...this.#result };
    return { kind: "refused", reasonCode: ReasonCode.badUserNameOrPassword, reason: "no password" };
  }

  close(): void {}
}

/** By the method `M` everybody is let in, with the limits that the next word names: `{"subscriptionsMax":1}`. */
class LimitsByWord implements Authenticator {
  authenticate(): Verdict {
    return { kind: "unknown" };
  }

  begin(): AuthenticationExchange {
    return {
      take: (data) => {
        const limits = JSON.parse(Buffer.from(data ?? []).toString()) as ClientLimits;
        return { kind: "finished", verdict: { kind: "accepted", userName: "u", limits }, data: null };
      },
    };
  }

  close(): void {}
}

const withPassword = { userName: "u", password: Buffer.from("p") };
const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 1000 } };

/** A listener with limits of its own. */
function own(limits: object): ConstructorParameters<typeof MemoryBroker>[0] {
  return { listeners: { mqtt: { addr: "127.0.0.1:0", limits } } } as object;
}

test("a client that publishes faster than it may is read more slowly, loses nothing and keeps its connection", async () => {
  await using broker = new MemoryBroker({ max_messages_per_second: 10 });
  const client = await connected(broker, "c", { keepAlive: 1 });
  for (let index = 0; index < 30; index++) client.publish("a", "x", { qos: 1 });
  await broker.settled();
  const { statistics } = broker.shard;
  assert.ok(statistics.messagesPublished <= 12, `${statistics.messagesPublished} at once`);
  assert.ok(reached(broker, "messageRate") > 0);
  // Not read, it cannot be heard either: the keep alive does not end it.
  for (let second = 0; second < 3; second++) await broker.advance(1);
  assert.equal(statistics.messagesPublished, 30);
  assert.equal(client.closed, false);
  assert.equal(client.words().filter((word) => word.startsWith("puback")).length, 30);
});

test("a client that sends more bytes than it may is read more slowly", async () => {
  await using broker = new MemoryBroker({ max_bytes_per_second: 10_000 });
  const client = await connected(broker, "c");
  for (let index = 0; index < 30; index++) client.publish("a", "x".repeat(1000));
  await broker.settled();
  assert.ok(broker.shard.statistics.messagesPublished < 30);
  assert.ok(reached(broker, "byteRate") > 0);
  for (let second = 0; second < 5; second++) await broker.advance(1);
  assert.equal(broker.shard.statistics.messagesPublished, 30);
});

test("what other clients send does not wait for one that is too fast", async () => {
  await using broker = new MemoryBroker({ max_messages_per_second: 1 });
  const fast = await connected(broker, "fast");
  for (let index = 0; index < 100; index++) fast.publish("a", "x");
  const other = await connected(broker, "other");
  other.publish("b", "y", { qos: 1 });
  await broker.settled();
  assert.deepEqual(other.words(), ["connack", "puback #1 0x10"]);
});

test("rate_exceeded: disconnect ends the connection with 0x96", async () => {
  await using broker = new MemoryBroker({ max_messages_per_second: 2, rate_exceeded: "disconnect" });
  const client = await connected(broker, "c");
  for (let index = 0; index < 5; index++) client.publish("a", "x");
  await broker.settled();
  assert.deepEqual([client.words(), client.closed], [["connack", "disconnect 0x96"], true]);
  assert.equal(broker.shard.statistics.messagesPublished, 2);
});

test("authentication gives a client limits of its own, also in CONNACK", async () => {
  const limits = { packetSizeMax: 2000, inflightMax: 3, subscriptionsMax: 1, topicLevelsMax: 2, topicBytesMax: 8 };
  await using broker = new MemoryBroker({}, { authenticator: new Doorkeeper({ limits }) });
  const client = await connected(broker, "c", withPassword);
  const [connack] = client.take();
  assert.ok(connack?.type === "connack");
  assert.deepEqual([connack.properties.maximumPacketSize, connack.properties.receiveMaximum], [2000, 3]);
  client.subscribe("a");
  client.subscribe("b");
  client.subscribe("a/b/c");
  client.subscribe("long/name/");
  await broker.settled();
  assert.deepEqual(client.words(), ["suback 2", "suback 151", "suback 143", "suback 143"]);
  client.publish("a/b/c", "x");
  await broker.settled();
  assert.deepEqual(client.words(), ["disconnect 0x90"]);
  assert.deepEqual([reached(broker, "subscriptions"), reached(broker, "topic")], [1, 3]);
});

test("authentication sets how fast a client is read, and how much waits for it", async () => {
  const limits = { messagesPerSecond: 1, queuedMessagesMax: 2 };
  await using broker = new MemoryBroker({}, { authenticator: new Doorkeeper({ limits }) });
  const client = await connected(broker, "c", { ...withPassword, ...lasting });
  client.subscribe("a");
  for (let index = 0; index < 5; index++) client.publish("b", "x");
  await broker.settled();
  assert.ok(broker.shard.statistics.messagesPublished < 5);
  client.disconnect();
  await broker.advance(10);
  assert.equal(broker.shard.sessions.get("c")?.room, 2);
});

test("a topic that is too long for a listener's clients is refused, others have no such limit", async () => {
  await using broker = new MemoryBroker(own({ max_topic_bytes: 10, max_topic_levels: 3 }));
  const client = await connected(broker, "c");
  client.publish("0123456789", "x", { qos: 1 });
  client.publish("a/b/c/d", "x", { qos: 1 });
  await broker.settled();
  assert.deepEqual(client.words(), ["connack", "puback #1 0x10", "disconnect 0x90"]);
  assert.equal(reached(broker, "topic"), 1);
});

test("a listener takes so many connections, and again so many when some are gone", async () => {
  await using broker = new MemoryBroker(own({ max_connections: 2 }));
  const first = await connected(broker, "a");
  await connected(broker, "b");
  assert.throws(() => broker.stream());
  assert.equal(reached(broker, "listenerConnections"), 1);
  first.peer.destroy();
  await broker.settled();
  assert.deepEqual((await connected(broker, "c")).words(), ["connack"]);
});

test("one address has so many connections", async () => {
  await using broker = new MemoryBroker({ max_connections_per_address: 1 });
  const first = await connected(broker, "a");
  assert.throws(() => broker.stream());
  assert.equal(reached(broker, "addressConnections"), 1);
  first.peer.destroy();
  await broker.settled();
  await connected(broker, "b");
});

test("clients that connect faster than they may are told 0x9F, and may again a second later", async () => {
  await using broker = new MemoryBroker({ max_connects_per_second: 2 });
  const words: string[][] = [];
  for (const clientId of ["a", "b", "c"]) words.push((await connected(broker, clientId)).words());
  assert.deepEqual(words, [["connack"], ["connack"], ["refused 159"]]);
  assert.equal(reached(broker, "connectRate"), 1);
  await broker.advance(1);
  assert.deepEqual((await connected(broker, "d")).words(), ["connack"]);
  // 3.1.1 has no such code: 3 Server unavailable.
  await connected(broker, "e");
  assert.deepEqual((await connected(broker, "f", { version: 4 })).words(), ["refused 136"]);
});

test("an address with too many failed logins is banned, longer each time, also with the right password", async () => {
  const settings = { max_failed_logins_per_address: 2, ban_seconds: 10, ban_seconds_max: 100 };
  await using broker = new MemoryBroker(settings, { authenticator: new Doorkeeper() });
  const login = async (change = {}): Promise<string | undefined> => (await connected(broker, "c", change)).words()[0];
  assert.deepEqual([await login(), await login(), await login()], ["refused 134", "refused 134", "refused 138"]);
  assert.equal(await login(withPassword), "refused 138");
  await broker.advance(10);
  assert.equal(await login(withPassword), "connack");
  assert.deepEqual([await login(), await login(), await login()], ["refused 134", "refused 134", "refused 138"]);
  await broker.advance(10);
  assert.equal(await login(withPassword), "refused 138");
  await broker.advance(10);
  assert.equal(await login(withPassword), "connack");
  assert.ok(reached(broker, "bannedAddress") >= 4);
});

test("a client that comes again and again is shut out for a while; others are not", async () => {
  await using broker = new MemoryBroker({ max_connects_per_client: 3, ban_seconds: 10 });
  const words: (string | undefined)[] = [];
  for (let time = 0; time < 4; time++) words.push((await connected(broker, "c")).words()[0]);
  assert.deepEqual(words, ["connack", "connack", "refused 138", "refused 138"]);
  assert.deepEqual((await connected(broker, "d")).words(), ["connack"]);
  assert.equal(reached(broker, "flapping"), 2);
  await broker.advance(11);
  assert.deepEqual((await connected(broker, "c")).words(), ["connack"]);
});

test("sessions have a ceiling: who needs a new one is refused with 0x97, who has one gets it", async () => {
  await using broker = new MemoryBroker({ max_sessions: 2 });
  const first = await connected(broker, "a", lasting);
  await connected(broker, "b");
  assert.deepEqual((await connected(broker, "c")).words(), ["refused 151"]);
  first.peer.destroy();
  await broker.settled();
  assert.deepEqual((await connected(broker, "a", lasting)).words(), ["connack present"]);
  assert.equal(reached(broker, "sessions"), 1);
});

test("all queues together have a ceiling, and what leaves a queue makes room", async () => {
  await using broker = new MemoryBroker({ max_queued_bytes: 3000 });
  for (const clientId of ["a", "b"]) {
    const client = await connected(broker, clientId, lasting);
    client.subscribe("t");
    await broker.settled();
    client.peer.destroy();
  }
  await broker.settled();
  const publisher = await connected(broker, "p");
  for (let index = 0; index < 2; index++) publisher.publish("t", "x".repeat(600), { qos: 1 });
  await broker.settled();
  const { statistics } = broker.shard;
  assert.equal(statistics.messagesDropped[DropReason.allQueuesFull], 1);
  assert.ok(statistics.queuedBytes > 0 && statistics.queuedBytes <= 3000);
  // One is served, the other's session is begun anew.
  const served = await connected(broker, "a", lasting);
  await connected(broker, "b");
  assert.equal(statistics.queuedBytes, 0);
  assert.equal(served.words().filter((word) => word.startsWith("x")).length, 2);
});

test("while the process has too much in memory new connections are refused; those that are there go on", async () => {
  const memory = { used: 0 };
  await using broker = new MemoryBroker({ max_memory_bytes: 1000 }, { memoryUsed: () => memory.used });
  const client = await connected(broker, "c");
  memory.used = 1001;
  await broker.advance(0.2);
  assert.throws(() => broker.stream());
  client.publish("a", "x", { qos: 1 });
  await broker.settled();
  assert.deepEqual(client.words(), ["connack", "puback #1 0x10"]);
  assert.equal(reached(broker, "memory"), 1);
  memory.used = 999;
  await broker.advance(0.2);
  assert.deepEqual((await connected(broker, "d")).words(), ["connack"]);
});

test("while the loop is late again and again new connections are refused; one pause alone does not count", async () => {
  await using broker = new MemoryBroker({ max_event_loop_delay_ms: 500 });
  const { admission } = broker.shard;
  admission.tick(0, 9000);
  await connected(broker, "a");
  for (let look = 0; look < 5; look++) admission.tick(0, 501);
  assert.throws(() => broker.stream());
  assert.equal(reached(broker, "eventLoop"), 1);
  admission.tick(0, 0);
  await connected(broker, "b");
});

test("who does not send its CONNECT in the time of its listener is closed", async () => {
  await using broker = new MemoryBroker(own({ connect_timeout_seconds: 2 }));
  const silent = broker.stream();
  await broker.advance(2.2);
  assert.ok(silent.closed);
  assert.equal(reached(broker, "connectTime"), 1);
});

test("a packet larger than its listener allows is refused before it is read, with 0x95", async () => {
  await using broker = new MemoryBroker(own({ max_packet_size: 100 }));
  const client = await connected(broker, "c");
  client.publish("a", "x".repeat(200));
  await broker.settled();
  assert.deepEqual(client.words(), ["connack", "disconnect 0x95"]);
  assert.equal(reached(broker, "packetSize"), 1);
});

test("unfinished CONNECTs of many strangers keep a bounded number of bytes, and clients go on", async () => {
  await using broker = new MemoryBroker({ max_connect_bytes: 65_536 });
  const client = await connected(broker, "c");
  const { statistics } = broker.shard;
  const strangers: MemoryClient[] = [];
  // The beginning of a CONNECT of 900 KB.
  const beginning = Buffer.concat([Buffer.from([0x10, 0xa0, 0xf7, 0x36]), Buffer.alloc(5000)]);
  for (let index = 0; index < 30; index++) {
    const stranger = broker.stream();
    stranger.peer.send(beginning);
    await broker.settled();
    strangers.push(stranger);
    assert.ok(statistics.strangerBytes <= 65_536);
  }
  assert.ok(strangers.filter(({ closed }) => closed).length > 20);
  assert.equal(reached(broker, "connectBytes"), strangers.filter(({ closed }) => closed).length);
  client.publish("a", "x", { qos: 1 });
  await broker.settled();
  assert.deepEqual(client.words(), ["connack", "puback #1 0x10"]);
  // Those that are still there have their time like all others; then nothing is kept any more.
  await broker.advance(11);
  assert.deepEqual([strangers.every(({ closed }) => closed), statistics.strangerBytes], [true, 0]);
});

test("a client that is let in does not count among the strangers any more", async () => {
  await using broker = new MemoryBroker();
  const client = broker.stream();
  client.connect("c", { userName: "u".repeat(20_000) });
  client.publish("a", "x".repeat(50_000), { qos: 1 });
  await broker.settled();
  assert.deepEqual(client.words(), ["connack", "puback #1 0x10"]);
  assert.equal(broker.shard.statistics.strangerBytes, 0);
});

test("a client that proves itself anew has the limits that its new proof brings", async () => {
  await using broker = new MemoryBroker({}, { authenticator: new LimitsByWord() });
  const proof = (limits: object) => ({
    authenticationMethod: "M",
    authenticationData: Buffer.from(JSON.stringify(limits)),
  });
  const slow = { subscriptionsMax: 1, messagesPerSecond: 1, packetSizeMax: 5000 };
  const client = await connected(broker, "c", { properties: proof(slow) });
  client.subscribe("a");
  client.subscribe("b");
  for (let index = 0; index < 3; index++) client.publish("x", "m");
  await broker.settled();
  assert.deepEqual(client.words(), ["connack", "suback 2", "suback 151"]);
  await broker.advance(5);
  assert.equal(broker.shard.statistics.messagesPublished, 3);
  client.send({ type: "auth", reasonCode: 0x19, properties: proof({ packetSizeMax: 100 }) });
  client.subscribe("b");
  for (let index = 0; index < 20; index++) client.publish("x", "m".repeat(200));
  await broker.settled();
  // The packet size was told in CONNACK, and stays.
  assert.deepEqual(client.words(), ["auth", "suback 2"]);
  assert.equal(broker.shard.statistics.messagesPublished, 23);
});
