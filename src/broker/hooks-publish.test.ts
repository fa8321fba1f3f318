import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { allow, defineHooks, drop, type Hooks, type Message, refuse } from "../hooks/mod.ts";
import { type AckPacket, type Packet, type PublishPacket, ReasonCode } from "../protocol/mod.ts";
import { MemoryBroker } from "./fuzz/memory-broker.ts";
import type { MemoryClient } from "./fuzz/memory-client.ts";

interface Scene {
  readonly broker: MemoryBroker;
  readonly publisher: MemoryClient;
  readonly subscriber: MemoryClient;
}

type Test = { after(run: () => Promise<void>): void };

/** A publisher `p` and a subscriber `s` of `#` with QoS 2. */
async function sceneOf(t: Test, hooks: Hooks | readonly Hooks[], settings: object = {}): Promise<Scene> {
  const broker = new MemoryBroker(settings, { hooks });
  t.after(() => broker[Symbol.asyncDispose]());
  const [publisher, subscriber] = [broker.stream(), broker.stream()];
  publisher.connect("p");
  subscriber.connect("s");
  await broker.settled();
  subscriber.subscribe("#");
  await broker.settled();
  publisher.take();
  subscriber.take();
  return { broker, publisher, subscriber };
}

function publications(packets: readonly Packet[]): PublishPacket[] {
  return packets.filter((packet) => packet.type === "publish");
}

function payloads(client: MemoryClient): string[] {
  return publications(client.take()).map(({ topic, payload }) => `${topic} ${Buffer.from(payload).toString()}`);
}

function ack(packets: readonly Packet[]): AckPacket {
  const found = packets.find((packet): packet is AckPacket => packet.type === "puback" || packet.type === "pubrec");
  return found ?? assert.fail("no acknowledgement");
}

describe("a beforePublish hook", () => {
  it("changes topic, payload, QoS, retain and properties", async (t) => {
    const { broker, publisher, subscriber } = await sceneOf(t, {
      beforePublish(message) {
        message.topic = `site/${message.topic}`;
        message.payload = message.payload.toString().toUpperCase();
        message.qos = 1;
        message.retain = true;
        message.properties = { ...message.properties, contentType: "text/plain", messageExpiryInterval: 60 };
      },
    });
    publisher.publish("a", "hello", { properties: { responseTopic: "r" } });
    await broker.settled();
    const [message] = publications(subscriber.take());
    assert.equal(message?.topic, "site/a");
    assert.equal(Buffer.from(message?.payload ?? []).toString(), "HELLO");
    assert.equal(message?.qos, 1);
    assert.deepEqual(
      { ...message?.properties },
      { contentType: "text/plain", responseTopic: "r", messageExpiryInterval: 60 },
    );
    assert.equal(broker.shard.retained.count, 1);
  });

  for (const qos of [1, 2] as const) {
    it(`refuses a message of QoS ${qos} with its code and reason`, async (t) => {
      const { broker, publisher, subscriber } = await sceneOf(t, {
        beforePublish: () => refuse(ReasonCode.payloadFormatInvalid, "no such unit"),
      });
      publisher.publish("a", "x", { qos });
      await broker.settled();
      const { reasonCode, properties } = ack(publisher.take());
      assert.equal(reasonCode, ReasonCode.payloadFormatInvalid);
      assert.equal(properties.reasonString, "no such unit");
      assert.deepEqual(payloads(subscriber), []);
    });
  }

  it("that refuses with a code that PUBACK cannot carry is told as 0x80", async (t) => {
    const { broker, publisher } = await sceneOf(t, { beforePublish: () => refuse(ReasonCode.serverBusy) });
    publisher.publish("a", "x", { qos: 1 });
    await broker.settled();
    assert.equal(ack(publisher.take()).reasonCode, ReasonCode.unspecifiedError);
  });

  it("drops a message, and the publisher is told that all is well", async (t) => {
    const { broker, publisher, subscriber } = await sceneOf(t, { beforePublish: () => drop });
    publisher.publish("a", "x", { qos: 1 });
    await broker.settled();
    assert.equal(ack(publisher.take()).reasonCode, ReasonCode.success);
    assert.deepEqual(payloads(subscriber), []);
  });

  it("of the first module changes what that of the second sees", async (t) => {
    const seen: string[] = [];
    const { broker, publisher } = await sceneOf(t, [
      { beforePublish: (message) => void (message.topic = "b") },
      { beforePublish: ({ topic }) => void seen.push(topic) },
    ]);
    publisher.publish("a", "x");
    await broker.settled();
    assert.deepEqual(seen, ["b"]);
  });

  it("cannot move a message below $SYS", async (t) => {
    const { broker, publisher } = await sceneOf(t, { beforePublish: (message) => void (message.topic = "$SYS/x") });
    publisher.publish("a", "x", { qos: 1 });
    await broker.settled();
    assert.equal(ack(publisher.take()).reasonCode, ReasonCode.notAuthorized);
  });

  it("that throws is counted, answered with 0x83, and costs neither broker nor connection", async (t) => {
    const { broker, publisher, subscriber } = await sceneOf(t, {
      beforePublish(message) {
        if (message.topic === "bad") throw new Error("oops");
      },
    });
    publisher.publish("bad", "x", { qos: 1 });
    publisher.publish("good", "y", { qos: 1 });
    await broker.settled();
    assert.equal(ack(publisher.take()).reasonCode, ReasonCode.implementationSpecificError);
    assert.deepEqual(payloads(subscriber), ["good y"]);
    assert.equal(broker.hooks.statistics.errors.beforePublish, 1);
  });

  it("that answers something else than a verdict has failed", async (t) => {
    const { broker, publisher } = await sceneOf(t, { beforePublish: (() => false) as unknown as () => void });
    publisher.publish("a", "x", { qos: 1 });
    await broker.settled();
    assert.equal(ack(publisher.take()).reasonCode, ReasonCode.implementationSpecificError);
  });

  it("may disconnect the publisher: nothing is acknowledged behind the DISCONNECT", async (t) => {
    const { broker, publisher } = await sceneOf(t, {
      beforePublish(_, actions) {
        void actions.disconnectClient("p", { reason: "enough" });
      },
    });
    publisher.publish("a", "x", { qos: 1 });
    await broker.settled();
    assert.deepEqual(publisher.words(), ["disconnect 0x98"]);
  });

  it("keeps no message beyond its call, and says so", async (t) => {
    const kept: Message[] = [];
    const { broker, publisher } = await sceneOf(t, { beforePublish: (message) => void kept.push(message) });
    publisher.publish("a", "x");
    await broker.settled();
    assert.throws(() => kept[0]?.payload, /while its hook runs/);
  });
});

describe("an async beforePublish hook", () => {
  /** Holds every message of topic `slow` until the test lets it go. */
  class Gate {
    readonly waiting: ((verdict: ReturnType<typeof refuse> | undefined) => void)[] = [];
    readonly hooks: Hooks = defineHooks({
      beforePublish: async (message) => {
        if (message.topic !== "slow") return undefined;
        return new Promise((resolve) => this.waiting.push(resolve));
      },
    });
  }

  it("lets its connection wait, and no other", async (t) => {
    const gate = new Gate();
    const { broker, publisher, subscriber } = await sceneOf(t, gate.hooks);
    publisher.publish("slow", "1", { qos: 1 });
    publisher.publish("fast", "2", { qos: 1 });
    await broker.settled();
    assert.equal(gate.waiting.length, 1);
    const other = broker.stream();
    other.connect("o");
    await broker.settled();
    other.publish("fast", "3");
    await broker.settled();
    assert.deepEqual(payloads(subscriber), ["fast 3"]);
    gate.waiting[0]?.(undefined);
    await broker.settled();
    assert.deepEqual(payloads(subscriber), ["slow 1", "fast 2"]);
    assert.deepEqual(publisher.words(), ["puback #1", "puback #2"]);
  });

  it("sees the message that came, however much has been received since", async (t) => {
    const texts: string[] = [];
    const { broker, publisher } = await sceneOf(t, {
      async beforePublish(message) {
        await new Promise((resolve) => setImmediate(resolve));
        texts.push(message.payload.toString());
      },
    });
    publisher.publish("a", "first");
    publisher.publish("a", "other");
    await broker.settled();
    assert.deepEqual(texts, ["first", "other"]);
  });

  it("that does not answer in five seconds refuses the message", async (t) => {
    const gate = new Gate();
    const { broker, publisher, subscriber } = await sceneOf(t, gate.hooks);
    publisher.publish("slow", "1", { qos: 1 });
    await broker.settled();
    await broker.advance(4.9);
    assert.deepEqual(publisher.words(), []);
    await broker.advance(0.2);
    assert.equal(ack(publisher.take()).reasonCode, ReasonCode.implementationSpecificError);
    assert.equal(broker.hooks.statistics.timeouts, 1);
    assert.equal(broker.hooks.statistics.parked, 0);
    assert.deepEqual(payloads(subscriber), []);
  });

  it("that does not answer in the configured time accepts, where that is configured", async (t) => {
    const gate = new Gate();
    const hook = { timeout_seconds: 2, timeout_verdict: "accept" };
    const { broker, publisher, subscriber } = await sceneOf(t, gate.hooks, { hook });
    publisher.publish("slow", "1", { qos: 1 });
    await broker.settled();
    await broker.advance(2.1);
    assert.deepEqual(payloads(subscriber), ["slow 1"]);
  });

  it("whose connection is taken over meanwhile is let go: the message goes nowhere", async (t) => {
    const gate = new Gate();
    const { broker, publisher, subscriber } = await sceneOf(t, gate.hooks);
    publisher.publish("slow", "1", { qos: 1 });
    await broker.settled();
    const again = broker.stream();
    again.connect("p");
    await broker.settled();
    assert.deepEqual(publisher.words(), ["disconnect 0x8e"]);
    assert.deepEqual(again.words(), ["connack"]);
    gate.waiting[0]?.(undefined);
    await broker.settled();
    assert.deepEqual(payloads(subscriber), []);
    assert.equal(broker.hooks.statistics.parked, 0);
  });

  it("is bound: what would be one packet too many is refused with 0x97", async (t) => {
    const gate = new Gate();
    const { broker, publisher } = await sceneOf(t, gate.hooks, { hook: { max_parked_packets: 1 } });
    publisher.publish("slow", "1", { qos: 1 });
    const other = broker.stream();
    other.connect("o");
    await broker.settled();
    other.take();
    other.publish("slow", "2", { qos: 1 });
    await broker.settled();
    assert.equal(ack(other.take()).reasonCode, ReasonCode.quotaExceeded);
    assert.equal(broker.hooks.statistics.refused, 1);
  });

  it("that rejects is answered with 0x83", async (t) => {
    const { broker, publisher } = await sceneOf(t, { beforePublish: () => Promise.reject(new Error("no database")) });
    publisher.publish("a", "1", { qos: 1 });
    await broker.settled();
    assert.equal(ack(publisher.take()).reasonCode, ReasonCode.implementationSpecificError);
    assert.equal(broker.hooks.statistics.errors.beforePublish, 1);
  });

  it("does not let a client that waits be lost for its silence", async (t) => {
    const gate = new Gate();
    const { broker } = await sceneOf(t, gate.hooks, { hook: { timeout_seconds: 60 } });
    const client = broker.stream();
    client.connect("k", { keepAlive: 1 });
    client.publish("slow", "1");
    await broker.settled();
    for (let second = 0; second < 10; second++) await broker.advance(1);
    assert.deepEqual(client.words(), ["connack"]);
  });
});

describe("an authorizePublish hook", () => {
  it("refuses with 0x87 before beforePublish is asked", async (t) => {
    const asked: string[] = [];
    const { broker, publisher } = await sceneOf(t, {
      authorizePublish: ({ topic }) => (topic === "secret" ? refuse(ReasonCode.notAuthorized, "not yours") : allow),
      beforePublish: ({ topic }) => void asked.push(topic),
    });
    publisher.publish("secret", "x", { qos: 1 });
    publisher.publish("open", "x", { qos: 1 });
    await broker.settled();
    const first = ack(publisher.take());
    assert.equal(first.reasonCode, ReasonCode.notAuthorized);
    assert.equal(first.properties.reasonString, "not yours");
    assert.deepEqual(asked, ["open"]);
  });

  it("that waits keeps the order of the packets", async (t) => {
    const { broker, publisher, subscriber } = await sceneOf(t, {
      authorizePublish: async ({ topic }) => (topic === "b" ? refuse(ReasonCode.notAuthorized) : allow),
    });
    for (const topic of ["a", "b", "c"]) publisher.publish(topic, "x", { qos: 1 });
    await broker.settled();
    assert.deepEqual(payloads(subscriber), ["a x", "c x"]);
    const codes = publisher.take().map((packet) => (packet as AckPacket).reasonCode);
    assert.deepEqual(codes, [0, ReasonCode.notAuthorized, 0]);
  });

  it("judges a will at CONNECT", async (t) => {
    const { broker } = await sceneOf(t, {
      authorizePublish: ({ will }) => (will ? refuse(ReasonCode.notAuthorized) : allow),
    });
    const client = broker.stream();
    const will = { topic: "w", payload: Buffer.from("x"), qos: 0, retain: false, properties: {} } as const;
    client.connect("w", { will });
    await broker.settled();
    assert.deepEqual(client.words(), ["refused 135"]);
  });
});

describe("observers of messages", () => {
  it("are told what was published, and whether somebody got it", async (t) => {
    const seen: unknown[] = [];
    const { broker, publisher, subscriber } = await sceneOf(t, {
      beforePublish: (message) => void (message.topic = `x/${message.topic}`),
      afterPublish: ({ message, matched }) => void seen.push([message.topic, message.payload.toString(), matched]),
    });
    publisher.publish("a", "1");
    await broker.settled();
    subscriber.unsubscribe("#");
    await broker.settled();
    publisher.publish("b", "2");
    await broker.settled();
    assert.deepEqual(seen, [
      ["x/a", "1", true],
      ["x/b", "2", false],
    ]);
  });

  it("are told who has acknowledged which message", async (t) => {
    const seen: unknown[] = [];
    const { broker, publisher, subscriber } = await sceneOf(t, {
      acknowledged: ({ clientId, qos, message }) => void seen.push([clientId, qos, message?.topic]),
    });
    publisher.publish("a", "1", { qos: 1 });
    publisher.publish("b", "2", { qos: 2 });
    await broker.settled();
    publisher.answer("pubrel", 2);
    subscriber.answer("puback", 1);
    subscriber.answer("pubrec", 2);
    subscriber.answer("pubcomp", 2);
    await broker.settled();
    assert.deepEqual(seen, [
      ["s", 1, "a"],
      ["s", 2, "b"],
    ]);
  });

  it("are told which message was dropped, for whom and why", async (t) => {
    const seen: unknown[] = [];
    const { broker, publisher } = await sceneOf(t, {
      dropped: ({ clientId, reason, message }) => void seen.push([clientId, reason, message?.topic]),
    });
    const small = broker.stream();
    small.connect("small", { properties: { maximumPacketSize: 100 } });
    await broker.settled();
    small.subscribe("#");
    await broker.settled();
    publisher.publish("a", "x".repeat(200));
    await broker.settled();
    assert.deepEqual(seen, [["small", "too_large", "a"]]);
  });

  it("that wait see the message that they were told of", async (t) => {
    const texts: string[] = [];
    const { broker, publisher } = await sceneOf(t, {
      async afterPublish({ message }) {
        await new Promise((resolve) => setImmediate(resolve));
        texts.push(message.payload.toString());
      },
    });
    publisher.publish("a", "one");
    publisher.publish("a", "two");
    await broker.settled();
    assert.deepEqual(texts, ["one", "two"]);
  });

  it("that throw or reject are counted, and change nothing", async (t) => {
    const { broker, publisher, subscriber } = await sceneOf(t, [
      { afterPublish: () => Promise.reject(new Error("late")) },
      {
        afterPublish() {
          throw new Error("at once");
        },
      },
    ]);
    publisher.publish("a", "1", { qos: 1 });
    await broker.settled();
    assert.deepEqual(payloads(subscriber), ["a 1"]);
    assert.equal(broker.hooks.statistics.errors.afterPublish, 2);
  });
});

describe("a deliver hook", () => {
  it("keeps a message from one subscriber, and changes it for another", async (t) => {
    const { broker, publisher, subscriber } = await sceneOf(t, {
      deliver({ clientId, message }) {
        if (clientId === "s") return drop;
        message.payload = `for ${clientId}`;
        return undefined;
      },
    });
    const other = broker.stream();
    other.connect("o");
    await broker.settled();
    other.subscribe("a");
    await broker.settled();
    other.take();
    publisher.publish("a", "x");
    await broker.settled();
    assert.deepEqual(payloads(subscriber), []);
    assert.deepEqual(payloads(other), ["a for o"]);
  });

  it("that throws keeps the message from its subscriber", async (t) => {
    const { broker, publisher, subscriber } = await sceneOf(t, {
      deliver() {
        throw new Error("oops");
      },
    });
    publisher.publish("a", "x", { qos: 1 });
    await broker.settled();
    assert.deepEqual(payloads(subscriber), []);
    assert.equal(broker.hooks.statistics.errors.deliver, 1);
  });

  it("that publishes does so behind the message that it delivers", async (t) => {
    const { broker, publisher, subscriber } = await sceneOf(t, {
      deliver({ message }, actions) {
        if (message.topic === "a") void actions.publish({ topic: "b", payload: "second" });
      },
    });
    publisher.publish("a", "first");
    publisher.publish("a", "third");
    await broker.settled();
    assert.deepEqual(payloads(subscriber), ["a first", "a third", "b second", "b second"]);
  });

  it("that publishes what it delivers holds up nobody", async (t) => {
    const { broker, publisher } = await sceneOf(t, {
      deliver(_, actions) {
        void actions.publish({ topic: "again" });
      },
    });
    publisher.publish("again", "x");
    await broker.settled();
    publisher.publish("a", "x", { qos: 1 });
    await broker.settled();
    assert.equal(ack(publisher.take()).reasonCode, 0);
  });
});

describe("failures of hooks", () => {
  it("are logged once for each module and point, with the module's name", async (t) => {
    const lines: unknown[] = [];
    const nothing = (): void => {};
    const logger = {
      debug: nothing,
      info: nothing,
      warn: nothing,
      error: (_: string, fields?: object) => lines.push(fields),
    };
    const fail = (): never => {
      throw new Error("oops");
    };
    const hooks = [
      { name: "first", beforePublish: fail },
      { name: "second", afterConnect: fail },
    ];
    const broker = new MemoryBroker({}, { hooks, logger });
    t.after(() => broker[Symbol.asyncDispose]());
    const client = broker.stream();
    client.connect("c");
    for (let count = 0; count < 3; count++) client.publish("a", "x");
    await broker.settled();
    assert.deepEqual(
      lines.map((line) => (line as { module: string }).module),
      ["second", "first"],
    );
    assert.equal(broker.hooks.statistics.errors.beforePublish, 3);
  });
});
