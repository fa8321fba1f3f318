import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuthenticationRequest, Authenticator, Verdict } from "../auth/mod.ts";
import { MemoryBroker } from "../broker/fuzz/memory-broker.ts";
import { ReasonCode } from "../protocol/mod.ts";

/** Verdicts come when the test says so, in any order. */
class SlowAuthenticator implements Authenticator {
  readonly #pending = new Map<string, PromiseWithResolvers<Verdict>>();

  authenticate({ userName }: AuthenticationRequest): Promise<Verdict> {
    const verdict = Promise.withResolvers<Verdict>();
    this.#pending.set(userName ?? "", verdict);
    return verdict.promise;
  }

  accept(userName: string): void {
    this.#pending.get(userName)?.resolve({ kind: "accepted", userName });
  }

  refuse(userName: string): void {
    this.#pending
      .get(userName)
      ?.resolve({ kind: "refused", reasonCode: ReasonCode.badUserNameOrPassword, reason: "test" });
  }

  fail(userName: string, error: Error): void {
    this.#pending.get(userName)?.reject(error);
  }

  close(): void {}
}

function brokerWith(authenticator: Authenticator): MemoryBroker {
  return new MemoryBroker({ connect_timeout_seconds: 10 }, { authenticator });
}

test("what a client sends while it is judged is handled when it is accepted, in order", async () => {
  const authenticator = new SlowAuthenticator();
  await using broker = brokerWith(authenticator);
  const client = broker.stream();
  client.connect("c", { userName: "u" });
  client.subscribe("a");
  client.publish("a", "first", { qos: 1 });
  await broker.settled();
  client.publish("a", "second", { qos: 0 });
  client.send({ type: "pingreq" });
  await broker.settled();
  assert.deepEqual([client.words(), broker.shard.sessions.size], [[], 0]);
  authenticator.accept("u");
  await broker.settled();
  assert.deepEqual(client.words(), ["connack", "suback 2", "first qos1 #1", "puback #2", "second qos0", "pingresp"]);
});

test("of what a client sends while it is judged only a little is taken in", async () => {
  const authenticator = new SlowAuthenticator();
  await using broker = brokerWith(authenticator);
  const client = broker.stream();
  client.connect("c", { userName: "u" });
  for (let index = 0; index < 200; index++) client.publish("a", "x".repeat(10_000));
  await broker.settled();
  const [connection] = broker.shard.context.connections;
  assert.ok((connection?.partial?.length ?? 0) < 30_000, `${connection?.partial?.length} bytes are kept`);
  authenticator.accept("u");
  await broker.settled();
  assert.equal(broker.shard.statistics.messagesPublished, 200);
});

test("a client that is refused is told so, and what it sent behind its CONNECT is not handled", async () => {
  const authenticator = new SlowAuthenticator();
  await using broker = brokerWith(authenticator);
  const client = broker.stream();
  client.connect("c", { userName: "u" });
  client.publish("a", "m");
  await broker.settled();
  authenticator.refuse("u");
  await broker.settled();
  assert.deepEqual([client.words(), client.closed], [["refused 134"], true]);
  assert.deepEqual([broker.shard.sessions.size, broker.shard.statistics.messagesPublished], [0, 0]);
});

for (const end of ["reset", "cut"] as const) {
  test(`a client that is gone (${end}) before it is judged gets no session`, async () => {
    const authenticator = new SlowAuthenticator();
    await using broker = brokerWith(authenticator);
    const client = broker.stream();
    client.connect("c", { userName: "u" });
    await broker.settled();
    if (end === "reset") client.peer.destroy();
    else client.peer.end();
    await broker.settled();
    authenticator.accept("u");
    await broker.settled();
    assert.equal(broker.shard.statistics.clients, 0);
    assert.equal(broker.shard.sessions.size, 0);
    await broker.advance(20);
    assert.equal(broker.shard.context.connections.size, 0);
  });
}

test("a client that is not judged in time is closed, and a late verdict changes nothing", async () => {
  const authenticator = new SlowAuthenticator();
  await using broker = brokerWith(authenticator);
  const client = broker.stream();
  client.connect("c", { userName: "u" });
  await broker.advance(11);
  assert.equal(client.closed, true);
  authenticator.accept("u");
  await broker.settled();
  assert.deepEqual([client.words(), broker.shard.sessions.size], [[], 0]);
});

test("two clients with one identifier that are judged at once: the one accepted last has the session", async () => {
  const authenticator = new SlowAuthenticator();
  await using broker = brokerWith(authenticator);
  const [one, two] = [broker.stream(), broker.stream()];
  one.connect("c", { userName: "one" });
  two.connect("c", { userName: "two" });
  await broker.settled();
  authenticator.accept("two");
  await broker.settled();
  authenticator.accept("one");
  await broker.settled();
  assert.deepEqual(two.words(), ["connack", "disconnect 0x8e"]);
  assert.deepEqual(one.words(), ["connack"]);
  assert.deepEqual([broker.shard.sessions.size, broker.shard.statistics.clients], [1, 1]);
});

test("an authenticator that breaks costs the one connection", async () => {
  const authenticator = new SlowAuthenticator();
  await using broker = brokerWith(authenticator);
  const [one, two] = [broker.stream(), broker.stream()];
  one.connect("1", { userName: "one" });
  two.connect("2", { userName: "two" });
  await broker.settled();
  authenticator.fail("one", new Error("broken"));
  authenticator.accept("two");
  await broker.settled();
  assert.deepEqual([one.words(), one.closed], [[], true]);
  assert.deepEqual([two.words(), two.closed], [["connack"], false]);
});

test("a broker that stops does not wait for verdicts", async () => {
  const authenticator = new SlowAuthenticator();
  const broker = brokerWith(authenticator);
  const client = broker.stream();
  client.connect("c", { userName: "u" });
  await broker.settled();
  await broker[Symbol.asyncDispose]();
  authenticator.accept("u");
  await broker.settled();
  assert.deepEqual([client.words(), client.closed, broker.shard.sessions.size], [[], true, 0]);
});
