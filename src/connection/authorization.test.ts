import assert from "node:assert/strict";
import { test } from "node:test";
import { allowed, type Authorizer, type Decision, type Permissions, type Principal } from "../auth/mod.ts";
import { MemoryBroker } from "../broker/fuzz/memory-broker.ts";
import type { MemoryClient } from "../broker/fuzz/memory-client.ts";
import type { Packet, Will } from "../protocol/mod.ts";
import { DeniedAction, deniedActionNames, DropReason } from "../session/mod.ts";

type Answer = Decision | Promise<Decision>;

/** Denies what the test says, as `c publish a/b`; answers late where the test says so. */
class ScriptedAuthorizer implements Authorizer {
  readonly denied = new Set<string>();
  readonly principals: Principal[] = [];
  /** Set: answers are promises, to be released in any order. */
  late: (() => void)[] | null = null;

  permissionsOf(principal: Principal): Permissions {
    this.principals.push(principal);
    const judge = (what: string): Decision =>
      this.denied.has(`${principal.clientId} ${what}`) ? { allowed: false, reason: `no ${what}` } : allowed;
    const answer = (what: string): Answer => {
      const late = this.late;
      if (late === null) return judge(what);
      return new Promise((resolve) => late.push(() => resolve(judge(what))));
    };
    return {
      mayConnect: () => answer("connect"),
      mayPublish: (topic) => answer(`publish ${topic}`),
      maySubscribe: ({ filter }) => answer(`subscribe ${filter}`),
      mayReceive: (topic) => judge(`receive ${topic}`).allowed,
    };
  }

  close(): void {}

  release(): void {
    for (const answer of this.late?.splice(0) ?? []) answer();
  }
}

interface Scene {
  readonly authorizer: ScriptedAuthorizer;
  readonly broker: MemoryBroker;
  connect(clientId: string, change?: Parameters<MemoryClient["connect"]>[1]): Promise<MemoryClient>;
  denied(action: keyof typeof DeniedAction): number;
}

function sceneOf(t: { after(run: () => Promise<void>): void }, settings: object, ...denied: readonly string[]): Scene {
  const authorizer = new ScriptedAuthorizer();
  for (const rule of denied) authorizer.denied.add(rule);
  const broker = new MemoryBroker(settings, { authorizer });
  t.after(() => broker[Symbol.asyncDispose]());
  return {
    authorizer,
    broker,
    async connect(clientId, change = {}) {
      const client = broker.stream();
      client.connect(clientId, change);
      await broker.settled();
      return client;
    },
    denied: (action) => broker.shard.statistics.denied[DeniedAction[action]] as number,
  };
}

const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 100 } };

function will(topic: string): Will {
  return { topic, payload: Buffer.from("gone"), qos: 1, retain: false, properties: {} };
}

function reasonOf(packet: Packet | undefined): unknown {
  return packet !== undefined && "properties" in packet ? packet.properties.reasonString : undefined;
}

test("a 5.0 client is told that it may not publish, and why; nobody gets the message", async (t) => {
  const { broker, connect, denied } = sceneOf(t, {}, "c publish a");
  const client = await connect("c");
  client.subscribe("#");
  await broker.settled();
  client.take();
  client.publish("a", "one", { qos: 1 });
  client.publish("a", "two", { qos: 2 });
  client.publish("a", "zero");
  client.publish("b", "fine");
  await broker.settled();
  const packets = client.take();
  assert.deepEqual(
    packets.map(({ type }) => type),
    ["puback", "pubrec", "publish"],
  );
  assert.deepEqual(
    packets.slice(0, 2).map((packet) => "reasonCode" in packet && packet.reasonCode),
    [0x87, 0x87],
  );
  assert.deepEqual(packets.slice(0, 2).map(reasonOf), ["no publish a", "no publish a"]);
  assert.equal(denied("publish"), 3);
});

test("filters of one SUBSCRIBE are judged one by one, and the first that is denied is explained", async (t) => {
  const { broker, connect, denied } = sceneOf(t, {}, "c subscribe b", "c subscribe c/#");
  const client = await connect("c");
  client.take();
  const entry = { qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
  const entries = ["a", "b", "$share/g/c/#"].map((filter) => ({ ...entry, filter }));
  client.send({ type: "subscribe", packetId: 1, entries, properties: {} });
  await broker.settled();
  const [suback] = client.take();
  assert.deepEqual(suback?.type === "suback" && suback.reasonCodes, [1, 0x87, 0x87]);
  assert.equal(reasonOf(suback), "no subscribe b");
  assert.equal(denied("subscribe"), 2);
});

test("an older client that may not subscribe gets the failure code of its version", async (t) => {
  const { broker, connect } = sceneOf(t, {}, "c subscribe a");
  const client = await connect("c", { version: 4 });
  client.subscribe("a");
  await broker.settled();
  assert.deepEqual(client.words(), ["connack", "suback 128"]);
});

test("a client that may not connect, or not publish its will, is refused with 0x87 and gets no session", async (t) => {
  const { broker, connect, denied } = sceneOf(t, {}, "c connect", "w publish a");
  const client = await connect("c");
  const [connack] = client.take();
  assert.deepEqual([connack?.type === "connack" && connack.reasonCode, reasonOf(connack)], [0x87, "no connect"]);
  const other = await connect("w", { will: will("a") });
  assert.deepEqual(other.words(), ["refused 135"]);
  assert.deepEqual([broker.shard.sessions.size, denied("connect"), denied("will")], [0, 1, 1]);
});

test("a will that may not be published any more when it is due is not", async (t) => {
  const { authorizer, broker, connect, denied } = sceneOf(t, {});
  const watcher = await connect("watcher");
  watcher.subscribe("#");
  const client = await connect("c", { will: will("a") });
  watcher.take();
  authorizer.denied.add("c publish a");
  client.peer.destroy();
  await broker.settled();
  assert.deepEqual([watcher.words(), denied("will"), broker.shard.statistics.willsPublished], [[], 1, 0]);
});

test("what a client may not receive it does not get: live, retained, queued, as member of a group", async (t) => {
  const { broker, connect } = sceneOf(t, {}, "c receive secret", "m1 receive secret");
  const publisher = await connect("p");
  publisher.publish("secret", "kept", { retain: true, qos: 1 });
  publisher.publish("open", "kept too", { retain: true, qos: 1 });
  const client = await connect("c", lasting);
  client.subscribe("#");
  const members = [await connect("m1"), await connect("m2")];
  for (const member of members) member.subscribe("$share/g/#");
  await broker.settled();
  assert.deepEqual(client.words(), ["connack", "suback 2", "kept too qos1 #1 retain"]);
  client.answer("puback", 1);
  for (const member of members) member.take();
  for (const round of [1, 2, 3]) publisher.publish("secret", `live ${round}`, { qos: 1 });
  await broker.settled();
  assert.deepEqual([client.words(), members[0]?.words(), members[1]?.words().length], [[], [], 3]);
  client.peer.destroy();
  publisher.publish("secret", "waits", { qos: 1 });
  publisher.publish("open", "waits too", { qos: 1 });
  await broker.settled();
  const again = await connect("c", lasting);
  assert.deepEqual(again.words(), ["connack present", "waits too qos1 #2"]);
  assert.ok((broker.shard.statistics.messagesDropped[DropReason.denied] as number) >= 5);
});

test("what was queued for a client it does not get once it may not receive it any more", async (t) => {
  const { authorizer, broker, connect } = sceneOf(t, {});
  const client = await connect("c", lasting);
  client.subscribe("#");
  const publisher = await connect("p");
  publisher.publish("a", "sent", { qos: 1 });
  await broker.settled();
  client.peer.destroy();
  await broker.settled();
  publisher.publish("a", "queued", { qos: 1 });
  publisher.publish("b", "queued too", { qos: 1 });
  await broker.settled();
  authorizer.denied.add("c receive a");
  const again = await connect("c", lasting);
  assert.deepEqual(again.words(), ["connack present", "queued too qos1 #2"]);
});

test("decisions that come late hold up one client only, and keep its order", async (t) => {
  const { authorizer, broker, connect } = sceneOf(t, {}, "c publish no", "c subscribe no");
  authorizer.late = [];
  const client = await connect("c", { will: will("w") });
  assert.deepEqual(client.words(), []);
  authorizer.release();
  await broker.settled();
  assert.deepEqual(client.words(), ["connack"]);
  const entry = { qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
  const entries = ["a", "no"].map((filter) => ({ ...entry, filter }));
  client.send({ type: "subscribe", packetId: 9, entries, properties: {} });
  client.publish("no", "denied", { qos: 1 });
  client.publish("a", "first", { qos: 1 });
  client.send({ type: "pingreq" });
  await broker.settled();
  assert.deepEqual(client.words(), []);
  // The other clients are judged at once.
  const late = authorizer.late;
  authorizer.late = null;
  const other = await connect("other");
  other.publish("x", "y", { qos: 1 });
  await broker.settled();
  assert.deepEqual(other.words(), ["connack", "puback #1 0x10"]);
  authorizer.late = late;
  for (let round = 0; round < 3; round++) {
    authorizer.release();
    await broker.settled();
  }
  assert.deepEqual(client.words(), ["suback 1,135", "puback #1 0x87", "first qos1 #1", "puback #2", "pingresp"]);
});

test("a decision that comes when the client is gone is no more than forgotten", async (t) => {
  const { authorizer, broker, connect } = sceneOf(t, {});
  const client = await connect("c");
  authorizer.late = [];
  client.publish("a", "m", { qos: 1 });
  await broker.settled();
  client.peer.destroy();
  await broker.settled();
  authorizer.release();
  await broker.settled();
  assert.equal(broker.shard.statistics.messagesPublished, 0);
  assert.equal(deniedActionNames.length, Object.keys(DeniedAction).length);
});
