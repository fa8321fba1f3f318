import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { RawClient, type Target } from "../../test/kit/mod.ts";
import { createBroker, defineHooks, type EmbeddedBroker, type Hooks, ReasonCode } from "../mod.ts";

const anyPort = { listeners: { mqtt: { addr: "127.0.0.1:0" } } };

async function started(hooks?: Hooks): Promise<EmbeddedBroker> {
  const broker = createBroker(anyPort, hooks === undefined ? {} : { hooks });
  await broker.start();
  return broker;
}

async function idsOf(broker: EmbeddedBroker): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of broker.clients()) ids.push(id);
  return ids;
}

function targetOf(broker: EmbeddedBroker): Target {
  return { host: "127.0.0.1", port: broker.listeners[0]?.port ?? 0, adopt: () => {} };
}

describe("an embedded broker", () => {
  it("is made, started and stopped, and says where it stands", async () => {
    const broker = createBroker(anyPort);
    assert.equal(broker.state, "created");
    assert.throws(() => broker.listeners, /not started/);
    await broker.start();
    assert.equal(broker.state, "running");
    await broker.stop();
    assert.equal(broker.state, "stopped");
    await assert.rejects(broker.start(), /make a new one/);
  });

  it("that cannot be started says so and leaves nothing to stop", async () => {
    await using first = await started();
    const addr = first.listeners[0]?.address ?? "";
    const second = createBroker({ listeners: { mqtt: { addr } } });
    await assert.rejects(second.start(), { code: "address_in_use" });
    await second.stop();
  });

  it("ends with its block", async () => {
    let kept: EmbeddedBroker;
    {
      await using broker = await started();
      kept = broker;
    }
    assert.equal(kept.state, "stopped");
  });

  it("publishes to clients without a socket of its own", async () => {
    await using broker = await started();
    const client = await RawClient.connected(targetOf(broker), 5);
    await client.subscribe("a/#", { qos: 1 });
    const report = await broker.publish({
      topic: "a/b",
      payload: "hello",
      qos: 1,
      properties: { contentType: "text" },
    });
    assert.deepEqual(report, { outcome: "matched" });
    const message = await client.receive();
    assert.equal(message.payload.toString(), "hello");
    assert.deepEqual(await broker.publish({ topic: "nobody" }), { outcome: "unmatched" });
    client.close();
  });

  it("subscribes inside the process, retained messages included, until it is told to stop", async () => {
    await using broker = await started();
    await broker.publish({ topic: "a/kept", payload: "1", retain: true });
    const seen: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const subscription = await broker.subscribe("a/#", ({ topic, payload, retain }) => {
      seen.push(`${topic} ${payload.toString()} ${retain}`);
      if (seen.length === 2) resolve();
    });
    const client = await RawClient.connected(targetOf(broker), 5);
    await client.publishAcked("a/live", "2");
    await promise;
    subscription.unsubscribe();
    assert.equal((await client.publishAcked("a/late", "3")).reasonCode, ReasonCode.noMatchingSubscribers);
    assert.deepEqual(seen, ["a/kept 1 true", "a/live 2 false"]);
    client.close();
  });

  it("lists clients and disconnects them, with a reason", async () => {
    await using broker = await started();
    const client = await RawClient.connected(targetOf(broker), 5, { clientId: "c1" });
    assert.deepEqual(await idsOf(broker), ["c1"]);
    assert.equal((await broker.client("c1"))?.protocolVersion, 5);
    assert.equal(await broker.client("c2"), null);
    assert.equal(await broker.disconnectClient("c1", { reason: "maintenance" }), true);
    await client.expectDisconnect(ReasonCode.administrativeAction);
    assert.equal(await broker.disconnectClient("c1"), false);
    assert.deepEqual(await idsOf(broker), []);
  });

  it("subscribes and unsubscribes clients", async () => {
    await using broker = await started();
    const client = await RawClient.connected(targetOf(broker), 5, { clientId: "c1" });
    assert.equal(await broker.subscribeClient("c1", "a", { qos: 1 }), 1);
    assert.equal(await broker.subscribeClient("c1", "a/#/b"), ReasonCode.topicFilterInvalid);
    assert.equal(await broker.subscribeClient("c2", "a"), null);
    await broker.publish({ topic: "a", payload: "x" });
    assert.equal((await client.receive()).payload.toString(), "x");
    assert.equal(await broker.unsubscribeClient("c1", "a"), 0);
    assert.deepEqual(await broker.publish({ topic: "a" }), { outcome: "unmatched" });
    client.close();
  });

  it("tells listeners of events until they are disposed of", async () => {
    await using broker = await started();
    const seen: string[] = [];
    const listening = broker.on("afterConnect", ({ client }) => void seen.push(client.id));
    const first = await RawClient.connected(targetOf(broker), 5, { clientId: "c1" });
    listening[Symbol.dispose]();
    const second = await RawClient.connected(targetOf(broker), 5, { clientId: "c2" });
    assert.deepEqual(seen, ["c1"]);
    first.close();
    second.close();
  });

  it("throws at once what cannot be: a topic with a wildcard, a filter that is none", async () => {
    await using broker = await started();
    assert.throws(() => broker.publish({ topic: "a/+" }), TypeError);
    assert.throws(() => broker.publish({ topic: "a", qos: 3 as 2 }), TypeError);
    assert.throws(() => broker.subscribe("a/#/b", () => {}), TypeError);
  });

  it("answers an action behind its end as refused", async () => {
    const broker = await started();
    await broker.stop();
    assert.deepEqual(await broker.publish({ topic: "a" }), { outcome: "refused" });
    assert.equal(await broker.disconnectClient("c"), false);
  });

  it("runs beside another in the same process, and they do not know of each other", async () => {
    const rename = (name: string): Hooks =>
      defineHooks({ beforePublish: (message) => void (message.topic = `${name}/${message.topic}`) });
    await using one = await started(rename("one"));
    await using two = await started(rename("two"));
    const seen: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const broker of [one, two]) {
      void broker.subscribe("#", ({ topic }) => {
        seen.push(topic);
        if (seen.length === 2) resolve();
      });
    }
    for (const broker of [one, two]) {
      const client = await RawClient.connected(targetOf(broker), 5);
      await client.publishAcked("a", "x");
      client.close();
    }
    await promise;
    assert.deepEqual(seen.toSorted(), ["one/a", "two/a"]);
  });

  it("starts and stops the hooks that it was given", async () => {
    const story: string[] = [];
    const broker = createBroker(anyPort, {
      hooks: { start: async ({ nodeId }) => void story.push(`start ${nodeId}`), stop: () => void story.push("stop") },
    });
    await broker.start();
    await broker.stop();
    assert.deepEqual(story, ["start akasa", "stop"]);
  });

  it("refuses hooks with a misspelled name", () => {
    const hooks = { beforPublish: () => {} } as Hooks;
    return assert.rejects(createBroker(anyPort, { hooks }).start(), /beforPublish is no hook point/);
  });
});
