import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { accept, type Hooks, refuse } from "../hooks/mod.ts";
import {
  type ConnackPacket,
  type Packet,
  ReasonCode,
  type SubackPacket,
  type UnsubackPacket,
} from "../protocol/mod.ts";
import { MemoryBroker } from "./fuzz/memory-broker.ts";

type Test = { after(run: () => Promise<void>): void };

function brokerOf(t: Test, hooks: Hooks | readonly Hooks[], settings: object = {}): MemoryBroker {
  const broker = new MemoryBroker(settings, { hooks });
  t.after(() => broker[Symbol.asyncDispose]());
  return broker;
}

function connack(packets: readonly Packet[]): ConnackPacket {
  return packets.find((packet) => packet.type === "connack") ?? assert.fail("no CONNACK");
}

function suback(packets: readonly Packet[]): SubackPacket {
  return packets.find((packet) => packet.type === "suback") ?? assert.fail("no SUBACK");
}

function unsuback(packets: readonly Packet[]): UnsubackPacket {
  return packets.find((packet) => packet.type === "unsuback") ?? assert.fail("no UNSUBACK");
}

describe("a beforeConnect hook", () => {
  it("changes client identifier, keep alive and session expiry, and the client is told", async (t) => {
    const broker = brokerOf(t, {
      beforeConnect(attempt) {
        attempt.clientId = `tenant-${attempt.userName}`;
        attempt.keepAlive = 7;
        attempt.sessionExpirySeconds = 60;
      },
    });
    const client = broker.stream();
    client.connect("", { userName: "ann", keepAlive: 100, properties: { sessionExpiryInterval: 5 } });
    await broker.settled();
    const { properties } = connack(client.take());
    assert.equal(properties.assignedClientIdentifier, "tenant-ann");
    assert.equal(properties.serverKeepAlive, 7);
    assert.equal(properties.sessionExpiryInterval, 60);
    for await (const { id } of broker.actions.clients()) assert.equal(id, "tenant-ann");
    assert.notEqual(await broker.actions.client("tenant-ann"), null);
  });

  it("takes a will away", async (t) => {
    const broker = brokerOf(t, { beforeConnect: (attempt) => void (attempt.will = false) });
    const [client, subscriber] = [broker.stream(), broker.stream()];
    subscriber.connect("s");
    await broker.settled();
    subscriber.subscribe("#");
    client.connect("c", { will: { topic: "w", payload: Buffer.from("x"), qos: 0, retain: false, properties: {} } });
    await broker.settled();
    subscriber.take();
    client.peer.end();
    await broker.settled();
    assert.deepEqual(subscriber.words(), []);
  });

  it("refuses with its code and reason", async (t) => {
    const broker = brokerOf(t, { beforeConnect: () => refuse(ReasonCode.banned, "not from there") });
    const client = broker.stream();
    client.connect("c");
    await broker.settled();
    const { reasonCode, properties } = connack(client.take());
    assert.equal(reasonCode, ReasonCode.banned);
    assert.equal(properties.reasonString, "not from there");
  });

  it("that waits keeps what the client sends behind its CONNECT", async (t) => {
    const broker = brokerOf(t, {
      beforeConnect: () => new Promise((resolve) => setImmediate(() => setImmediate(resolve))),
    });
    const client = broker.stream();
    client.connect("c");
    client.subscribe("a");
    client.publish("a", "hello");
    await broker.settled();
    assert.deepEqual(client.words(), ["connack", "suback 2", "hello qos0"]);
  });

  it("that fails is told as 0x83", async (t) => {
    const broker = brokerOf(t, {
      beforeConnect() {
        throw new Error("oops");
      },
    });
    const client = broker.stream();
    client.connect("c");
    await broker.settled();
    assert.equal(connack(client.take()).reasonCode, ReasonCode.implementationSpecificError);
  });

  it("of a client that gives up meanwhile opens nothing", async (t) => {
    const waiting: (() => void)[] = [];
    const broker = brokerOf(t, {
      beforeConnect: () => new Promise((resolve) => waiting.push(() => resolve(undefined))),
    });
    const client = broker.stream();
    client.connect("c");
    await broker.settled();
    client.peer.destroy();
    await broker.settled();
    waiting[0]?.();
    await broker.settled();
    assert.equal(broker.shard.sessions.size, 0);
  });
});

describe("an authenticate hook", () => {
  it("lets a client in with the name that it proves", async (t) => {
    const broker = brokerOf(t, {
      authenticate: ({ password }) =>
        password?.toString() === "right" ? accept({ userName: "ann" }) : refuse(ReasonCode.badUserNameOrPassword, "no"),
    });
    const [good, bad] = [broker.stream(), broker.stream()];
    good.connect("good", { userName: "x", password: Buffer.from("right") });
    bad.connect("bad", { userName: "x", password: Buffer.from("wrong") });
    await broker.settled();
    assert.equal((await broker.actions.client("good"))?.userName, "ann");
    const refused = connack(bad.take());
    assert.equal(refused.reasonCode, ReasonCode.badUserNameOrPassword);
    assert.equal(refused.properties.reasonString, "no");
  });

  it("that does not know the client leaves it to the configured authenticator", async (t) => {
    const asked: string[] = [];
    const authenticator = {
      authenticate: ({ clientId }: { clientId: string }) => {
        asked.push(clientId);
        return { kind: "refused", reasonCode: ReasonCode.notAuthorized, reason: "test" } as const;
      },
      close: () => {},
    };
    const broker = new MemoryBroker({}, { hooks: { authenticate: async () => undefined }, authenticator });
    t.after(() => broker[Symbol.asyncDispose]());
    const client = broker.stream();
    client.connect("c");
    await broker.settled();
    assert.deepEqual(asked, ["c"]);
    assert.equal(connack(client.take()).reasonCode, ReasonCode.notAuthorized);
  });
});

describe("hooks of SUBSCRIBE", () => {
  it("change one filter, refuse another, and the third is as sent", async (t) => {
    const seen: unknown[] = [];
    const broker = brokerOf(t, {
      beforeSubscribe(request) {
        const [first] = request.entries;
        if (first !== undefined) request.entries[0] = { ...first, filter: "site/a", qos: 0 };
        request.refuse(1, ReasonCode.quotaExceeded);
      },
      afterSubscribe: ({ entries, reasonCodes }) =>
        void seen.push(
          entries.map(({ filter }) => filter),
          reasonCodes,
        ),
    });
    const client = broker.stream();
    client.connect("c");
    await broker.settled();
    const rest = { qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
    const entries = ["a", "b", "c"].map((filter) => ({ filter, ...rest }));
    client.send({ type: "subscribe", packetId: 1, entries, properties: {} });
    await broker.settled();
    assert.deepEqual(suback(client.take()).reasonCodes, [0, ReasonCode.quotaExceeded, 1]);
    assert.deepEqual(seen, [
      ["site/a", "b", "c"],
      [0, ReasonCode.quotaExceeded, 1],
    ]);
  });

  it("judge each filter by itself, also where they wait", async (t) => {
    const broker = brokerOf(t, {
      authorizeSubscribe: async ({ filter }) => (filter === "b" ? refuse(ReasonCode.notAuthorized) : undefined),
    });
    const client = broker.stream();
    client.connect("c");
    await broker.settled();
    const rest = { qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
    const entries = ["a", "b", "c"].map((filter) => ({ filter, ...rest }));
    client.send({ type: "subscribe", packetId: 1, entries, properties: {} });
    client.publish("c", "behind");
    await broker.settled();
    assert.deepEqual(suback(client.inbox).reasonCodes, [1, ReasonCode.notAuthorized, 1]);
    assert.deepEqual(client.words().slice(-1), ["behind qos0"]);
  });

  it("judge a SUBSCRIBE that is too large for one go as well", async (t) => {
    const broker = brokerOf(t, {
      authorizeSubscribe: async ({ filter }) => (filter.endsWith("7") ? refuse(ReasonCode.notAuthorized) : undefined),
    });
    const client = broker.stream();
    client.connect("c");
    await broker.settled();
    const rest = { qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
    const entries = Array.from({ length: 1000 }, (_, index) => ({ filter: `some/long/filter/${index}`, ...rest }));
    client.send({ type: "subscribe", packetId: 1, entries, properties: {} });
    client.publish("some/long/filter/1", "behind");
    for (let pass = 0; pass < 5; pass++) await broker.settled();
    const { reasonCodes } = suback(client.inbox);
    assert.equal(reasonCodes.filter((code) => code === ReasonCode.notAuthorized).length, 100);
    assert.deepEqual(client.words().slice(-1), ["behind qos0"]);
  });

  it("that fail refuse every filter with 0x83", async (t) => {
    const broker = brokerOf(t, {
      beforeSubscribe() {
        throw new Error("oops");
      },
    });
    const client = broker.stream();
    client.connect("c");
    client.subscribe("a");
    await broker.settled();
    assert.deepEqual(suback(client.take()).reasonCodes, [ReasonCode.implementationSpecificError]);
    assert.equal(broker.shard.router.subscriptionCount, 0);
  });
});

describe("hooks of UNSUBSCRIBE", () => {
  it("change, refuse and observe", async (t) => {
    const seen: unknown[] = [];
    const broker = brokerOf(t, {
      async beforeUnsubscribe(request) {
        if (request.filters[0] === "keep") request.refuse(0, ReasonCode.notAuthorized);
        else request.filters[0] = `site/${request.filters[0]}`;
      },
      afterUnsubscribe: ({ filters, reasonCodes }) => void seen.push([filters[0], reasonCodes[0]]),
    });
    const client = broker.stream();
    client.connect("c");
    client.subscribe("site/a");
    await broker.settled();
    client.unsubscribe("keep");
    client.unsubscribe("a");
    await broker.settled();
    assert.deepEqual(unsuback(client.take()).reasonCodes, [ReasonCode.notAuthorized]);
    assert.deepEqual(seen, [
      ["keep", ReasonCode.notAuthorized],
      ["site/a", 0],
    ]);
  });
});

/** What happens to clients and sessions, in words and in order. */
function storyteller(): { readonly story: string[]; readonly hooks: Hooks } {
  const story: string[] = [];
  const tell = (what: string): void => void story.push(what);
  return {
    story,
    hooks: {
      afterConnect: ({ client, sessionPresent }) => tell(`${client.id} connected${sessionPresent ? " again" : ""}`),
      disconnected: ({ client, reasonCode, takenOver }) =>
        tell(`${client.id} disconnected ${reasonCode}${takenOver ? " taken over" : ""}`),
      sessionCreated: ({ clientId }) => tell(`${clientId} session created`),
      sessionResumed: ({ clientId }) => tell(`${clientId} session resumed`),
      sessionDiscarded: ({ clientId, cause }) => tell(`${clientId} session discarded ${cause}`),
      sessionTakenOver: ({ clientId }) => tell(`${clientId} session taken over`),
      sessionExpired: ({ clientId }) => tell(`${clientId} session expired`),
      willPublished: ({ clientId, message }) => tell(`${clientId} will ${message.payload.toString()}`),
    },
  };
}

describe("observers of clients and sessions", () => {
  const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 60 } };

  it("see a session come, go, come back and expire", async (t) => {
    const { story, hooks } = storyteller();
    const broker = brokerOf(t, hooks);
    const first = broker.stream();
    first.connect("c", lasting);
    await broker.settled();
    first.disconnect();
    await broker.settled();
    const second = broker.stream();
    second.connect("c", lasting);
    await broker.settled();
    second.peer.end();
    await broker.settled();
    await broker.advance(61);
    assert.deepEqual(story, [
      "c session created",
      "c connected",
      "c disconnected 0",
      "c session resumed",
      "c connected again",
      "c disconnected null",
      "c session expired",
    ]);
  });

  it("see a take-over as the end of one connection and the beginning of the next, in this order", async (t) => {
    const { story, hooks } = storyteller();
    const broker = brokerOf(t, hooks);
    broker.stream().connect("c", lasting);
    await broker.settled();
    broker.stream().connect("c", lasting);
    await broker.settled();
    assert.deepEqual(story, [
      "c session created",
      "c connected",
      "c session taken over",
      "c disconnected 142 taken over",
      "c session resumed",
      "c connected again",
    ]);
  });

  it("see why a session was discarded", async (t) => {
    const { story, hooks } = storyteller();
    const broker = brokerOf(t, hooks);
    const client = broker.stream();
    client.connect("c", lasting);
    await broker.settled();
    client.disconnect();
    await broker.settled();
    const again = broker.stream();
    again.connect("c");
    await broker.settled();
    again.disconnect();
    await broker.settled();
    assert.deepEqual(
      story.filter((line) => line.includes("session")),
      ["c session created", "c session discarded cleanStart", "c session created", "c session discarded disconnected"],
    );
  });

  it("see wills, and reasons that the broker gives", async (t) => {
    const { story, hooks } = storyteller();
    const broker = brokerOf(t, hooks);
    const client = broker.stream();
    client.connect("c", { will: { topic: "w", payload: Buffer.from("bye"), qos: 0, retain: false, properties: {} } });
    await broker.settled();
    await broker.actions.disconnectClient("c");
    await broker.settled();
    assert.deepEqual(story.slice(2), ["c disconnected 152", "c session discarded disconnected", "c will bye"]);
  });
});

describe("the switches of the original", () => {
  for (const [key, silent] of [
    ["enable_before_connect", ["beforeConnect", "authenticate"]],
    ["enable_after_connect", ["afterConnect"]],
    ["enable_after_disconnect", ["disconnected"]],
    ["enable_publish", ["authorizePublish", "beforePublish", "afterPublish"]],
    ["enable_subscribe", ["authorizeSubscribe", "beforeSubscribe", "afterSubscribe"]],
    ["enable_unsubscribe", ["beforeUnsubscribe", "afterUnsubscribe"]],
  ] as const) {
    it(`hook.${key}: false keeps ${silent.join(" and ")} from being called`, async (t) => {
      const called = new Set<string>();
      const points = [
        "beforeConnect",
        "authenticate",
        "afterConnect",
        "authorizePublish",
        "beforePublish",
        "afterPublish",
        "authorizeSubscribe",
        "beforeSubscribe",
        "afterSubscribe",
        "beforeUnsubscribe",
        "afterUnsubscribe",
        "disconnected",
      ];
      const hooks = Object.fromEntries(points.map((point) => [point, () => void called.add(point)])) as Hooks;
      const broker = brokerOf(t, hooks, { hook: { [key]: false } });
      const client = broker.stream();
      client.connect("c");
      client.subscribe("a");
      client.publish("a", "x");
      client.unsubscribe("a");
      client.disconnect();
      await broker.settled();
      assert.deepEqual(
        points.filter((point) => !called.has(point)),
        [...silent],
      );
    });
  }
});
