import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Logger } from "../base/mod.ts";
import {
  auditLog,
  autoSubscribe,
  delayedPublish,
  type Hooks,
  payloadSchema,
  presence,
  topicRewrite,
} from "../hooks/mod.ts";
import { type AckPacket, type Packet, ReasonCode } from "../protocol/mod.ts";
import { MemoryBroker, type MemoryBrokerServices } from "./fuzz/memory-broker.ts";
import type { MemoryClient } from "./fuzz/memory-client.ts";

type Test = { after(run: () => Promise<void>): void };

async function brokerOf(t: Test, hooks: Hooks, services: MemoryBrokerServices = {}): Promise<MemoryBroker> {
  const broker = new MemoryBroker({}, { hooks, ...services });
  t.after(() => broker[Symbol.asyncDispose]());
  await hooks.start?.(broker.actions);
  return broker;
}

async function connected(
  broker: MemoryBroker,
  clientId: string,
  userName: string | null = null,
): Promise<MemoryClient> {
  const client = broker.stream();
  client.connect(clientId, { userName });
  await broker.settled();
  client.take();
  return client;
}

function messages(client: MemoryClient): string[] {
  return client
    .take()
    .filter((packet) => packet.type === "publish")
    .map(({ topic, payload }) => `${topic} ${Buffer.from(payload).toString()}`);
}

function puback(packets: readonly Packet[]): AckPacket {
  return packets.find((packet): packet is AckPacket => packet.type === "puback") ?? assert.fail("no PUBACK");
}

describe("topic rewrite", () => {
  const rules = [
    { filter: "old/#", pattern: "old/(.+)/temp", to: "new/$1/temperature" },
    { filter: "mine/#", pattern: "mine/(.*)", to: "clients/%c/$1" },
    { action: "publish", filter: "in", to: "out" },
  ] as const;

  it("moves what is published, by pattern and by client", async (t) => {
    const broker = await brokerOf(t, topicRewrite({ rules }));
    const [publisher, subscriber] = [await connected(broker, "p"), await connected(broker, "s")];
    subscriber.subscribe("#");
    await broker.settled();
    subscriber.take();
    for (const topic of ["old/7/temp", "old/7/other", "mine/x", "in"]) publisher.publish(topic, "1");
    await broker.settled();
    assert.deepEqual(messages(subscriber), ["new/7/temperature 1", "old/7/other 1", "clients/p/x 1", "out 1"]);
  });

  it("moves what is subscribed to, alone and shared, and the same of UNSUBSCRIBE", async (t) => {
    const broker = await brokerOf(t, topicRewrite({ rules }));
    const client = await connected(broker, "c");
    client.subscribe("old/+/temp");
    client.subscribe("$share/group/mine/x");
    client.subscribe("in");
    await broker.settled();
    client.take();
    for (const topic of ["new/1/temperature", "clients/c/x"]) void broker.actions.publish({ topic, payload: "1" });
    void broker.actions.publish({ topic: "in", payload: "1" });
    await broker.settled();
    assert.deepEqual(messages(client).toSorted(), ["clients/c/x 1", "in 1", "new/1/temperature 1"]);
    client.unsubscribe("old/+/temp");
    await broker.settled();
    assert.deepEqual(client.words(), ["unsuback 0"]);
  });

  it("does not let a client identifier with a wildcard reach the topics of others", async (t) => {
    const broker = await brokerOf(t, topicRewrite({ rules }));
    const client = await connected(broker, "#");
    client.subscribe("mine/x");
    await broker.settled();
    assert.equal(broker.shard.router.subscriptionCount, 0);
  });
});

describe("auto-subscribe", () => {
  const subscriptions = [{ filter: "inbox/%c", qos: 1 as const }, { filter: "users/%u/#" }];

  it("subscribes each client to its own", async (t) => {
    const broker = await brokerOf(t, autoSubscribe({ subscriptions }));
    const client = await connected(broker, "c1");
    void broker.actions.publish({ topic: "inbox/c1", payload: "hello", qos: 1 });
    void broker.actions.publish({ topic: "inbox/c2", payload: "not yours" });
    await broker.settled();
    assert.deepEqual(messages(client), ["inbox/c1 hello"]);
  });

  it("gives nothing to a client whose name would be a wildcard or another level", async (t) => {
    const broker = await brokerOf(t, autoSubscribe({ subscriptions }));
    for (const clientId of ["+", "#", "a/b"]) await connected(broker, clientId);
    assert.equal(broker.shard.router.subscriptionCount, 0);
  });

  it("sends retained messages as a SUBSCRIBE does", async (t) => {
    const broker = await brokerOf(t, autoSubscribe({ subscriptions }));
    void broker.actions.publish({ topic: "inbox/c", payload: "kept", retain: true });
    await broker.settled();
    const client = broker.stream();
    client.connect("c");
    await broker.settled();
    assert.deepEqual(messages(client), ["inbox/c kept"]);
  });
});

describe("delayed publish", () => {
  it("publishes after its time, and not before", async (t) => {
    const broker = await brokerOf(t, delayedPublish());
    const [publisher, subscriber] = [await connected(broker, "p"), await connected(broker, "s")];
    subscriber.subscribe("#");
    await broker.settled();
    subscriber.take();
    publisher.publish("$delayed/10/a/b", "later", { qos: 1 });
    await broker.settled();
    assert.equal(puback(publisher.take()).reasonCode, 0);
    await broker.advance(9.9);
    assert.deepEqual(messages(subscriber), []);
    await broker.advance(0.2);
    assert.deepEqual(messages(subscriber), ["a/b later"]);
  });

  for (const [what, topic, options, code] of [
    ["without a number", "$delayed/soon/a", {}, ReasonCode.topicNameInvalid],
    ["with a negative number", "$delayed/-1/a", {}, ReasonCode.topicNameInvalid],
    ["without a topic", "$delayed/1/", {}, ReasonCode.topicNameInvalid],
    ["without anything", "$delayed/1", {}, ReasonCode.topicNameInvalid],
    ["that is too long", "$delayed/61/a", { secondsMax: 60 }, ReasonCode.quotaExceeded],
    ["that takes too much room", "$delayed/1/a", { bytesMax: 2 }, ReasonCode.quotaExceeded],
  ] as const) {
    it(`refuses a delay ${what}`, async (t) => {
      const broker = await brokerOf(t, delayedPublish(options));
      const publisher = await connected(broker, "p");
      publisher.publish(topic, "abc", { qos: 1 });
      await broker.settled();
      assert.equal(puback(publisher.take()).reasonCode, code);
    });
  }

  it("refuses one message too many, and takes another when the first has gone", async (t) => {
    const broker = await brokerOf(t, delayedPublish({ messagesMax: 1 }));
    const publisher = await connected(broker, "p");
    const publish = async (): Promise<number> => {
      publisher.publish("$delayed/1/a", "x", { qos: 1 });
      await broker.settled();
      return puback(publisher.take()).reasonCode;
    };
    assert.deepEqual([await publish(), await publish()], [0, ReasonCode.quotaExceeded]);
    await broker.advance(1);
    assert.equal(await publish(), 0);
  });

  it("does not get a client around the rules of access", async (t) => {
    const authorizer = {
      permissionsOf: () => ({
        mayConnect: () => ({ allowed: true }) as const,
        mayPublish: (topic: string) =>
          topic === "secret" ? ({ allowed: false, reason: "no" } as const) : ({ allowed: true } as const),
        maySubscribe: () => ({ allowed: true }) as const,
        mayReceive: () => true,
      }),
      close: () => {},
    };
    const broker = await brokerOf(t, delayedPublish(), { authorizer });
    const publisher = await connected(broker, "p");
    publisher.publish("$delayed/1/secret", "x", { qos: 1 });
    await broker.settled();
    assert.equal(puback(publisher.take()).reasonCode, ReasonCode.notAuthorized);
  });
});

describe("presence", () => {
  interface Event {
    readonly topic: string;
    readonly clientId: string;
    readonly takenOver?: boolean;
  }

  async function watched(t: Test): Promise<{ broker: MemoryBroker; events: Event[] }> {
    const broker = await brokerOf(t, presence());
    const events: Event[] = [];
    await broker.actions.subscribe("$SYS/brokers/akasa/clients/#", ({ topic, payload }) => {
      events.push({ topic, ...(JSON.parse(payload.toString()) as Omit<Event, "topic">) });
    });
    return { broker, events };
  }

  it("tells one pair for each connection, in order, over take-overs and broken connections", async (t) => {
    const { broker, events } = await watched(t);
    const first = await connected(broker, "c");
    const second = await connected(broker, "c");
    second.peer.destroy();
    await broker.settled();
    const third = await connected(broker, "c");
    third.disconnect();
    await broker.settled();
    assert.ok(first.closed);
    assert.deepEqual(
      events.map(({ topic }) => topic.split("/").at(-1)),
      ["connected", "disconnected", "connected", "disconnected", "connected", "disconnected"],
    );
    assert.deepEqual(
      events.map(({ takenOver }) => takenOver === true),
      [false, true, false, false, false, false],
    );
  });

  it("keeps many clients apart: each identifier has as many ends as beginnings, a beginning first", async (t) => {
    const { broker, events } = await watched(t);
    const clients: MemoryClient[] = [];
    for (let round = 0; round < 5; round++) {
      for (let number = 0; number < 20; number++) {
        const client = broker.stream();
        client.connect(`c${number % 7}`);
        clients.push(client);
      }
      await broker.settled();
      for (const client of clients.splice(0)) client.peer.destroy();
    }
    await broker.settled();
    const open = new Set<string>();
    for (const { topic, clientId } of events) {
      if (topic.endsWith("/connected")) {
        assert.ok(!open.has(clientId), `${clientId} connected twice`);
        open.add(clientId);
      } else assert.ok(open.delete(clientId), `${clientId} disconnected without a beginning`);
    }
    assert.equal(open.size, 0);
    assert.equal(events.length, 200);
  });

  it("writes an identifier that is no topic level as in a URL", async (t) => {
    const { broker, events } = await watched(t);
    await connected(broker, "a/b+c#%");
    assert.equal(events[0]?.topic, "$SYS/brokers/akasa/clients/a%2Fb%2Bc%23%25/connected");
    assert.equal(events[0]?.clientId, "a/b+c#%");
  });
});

describe("payload schema", () => {
  const schema = {
    type: "object",
    properties: { temperature: { type: "number", maximum: 100 }, unit: { enum: ["C", "F"] } },
    required: ["temperature"],
  };
  const hooks = (): Hooks => payloadSchema({ schemas: [{ filter: "sensors/+", schema }] });

  for (const [what, payload, told] of [
    ["is not JSON", "{", "the payload is not JSON"],
    ["lacks a field", "{}", "/: must have required property 'temperature'"],
    ["has a field of another type", `{"temperature":"hot"}`, "/temperature: must be number"],
    ["is out of range", `{"temperature":101}`, "/temperature: must be <= 100"],
  ] as const) {
    it(`refuses a payload that ${what} with 0x99 and the path`, async (t) => {
      const broker = await brokerOf(t, hooks());
      const publisher = await connected(broker, "p");
      publisher.publish("sensors/1", payload, { qos: 1 });
      await broker.settled();
      const { reasonCode, properties } = puback(publisher.take());
      assert.deepEqual([reasonCode, properties.reasonString], [ReasonCode.payloadFormatInvalid, told]);
    });
  }

  it("lets pass what fits, and topics that it is not about", async (t) => {
    const broker = await brokerOf(t, hooks());
    const publisher = await connected(broker, "p");
    publisher.publish("sensors/1", `{"temperature":20,"unit":"C"}`, { qos: 1 });
    publisher.publish("other", "no JSON", { qos: 1 });
    await broker.settled();
    const codes = publisher.take().map((packet) => (packet as AckPacket).reasonCode);
    assert.deepEqual(codes, [ReasonCode.noMatchingSubscribers, ReasonCode.noMatchingSubscribers]);
  });
});

describe("the audit log", () => {
  it("has a line for what clients do, and neither payloads nor passwords", async (t) => {
    const lines: string[] = [];
    const nothing = (): void => {};
    const logger: Logger = {
      debug: nothing,
      info: (message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`),
      warn: nothing,
      error: nothing,
    };
    const broker = await brokerOf(t, auditLog({ publish: true }), { logger });
    const client = broker.stream();
    client.connect("c", { userName: "ann", password: Buffer.from("secret") });
    client.subscribe("a");
    client.publish("a", "confidential");
    client.unsubscribe("a");
    client.disconnect();
    await broker.settled();
    assert.deepEqual(
      lines.map((line) => line.split(" {")[0]),
      ["audit: connected", "audit: subscribed", "audit: published", "audit: unsubscribed", "audit: disconnected"],
    );
    assert.doesNotMatch(lines.join("\n"), /secret|confidential/);
  });
});
