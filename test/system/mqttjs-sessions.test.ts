import assert from "node:assert/strict";
import type { IClientOptions } from "mqtt";
import { RawClient, settle, startTestBroker, type Version } from "../kit/mod.ts";
import { MqttJs } from "./mqttjs-client.ts";
import { versionNames, versions } from "./protocol-versions.ts";
import { scenario } from "./scenario.ts";

function lasting(version: Version, clientId: string): IClientOptions {
  const properties = version === 5 ? { properties: { sessionExpiryInterval: 300 } } : {};
  return { clientId, clean: false, resubscribe: false, ...properties };
}

for (const version of versions) {
  const name = versionNames[version];

  scenario(`MQTT.js finds its session again, with what came while it was away, in order (${name})`, async () => {
    await using broker = await startTestBroker();
    const before = await MqttJs.connected(broker, version, lasting(version, "js"));
    await before.client.subscribeAsync("queue", { qos: 2 });
    await before.client.endAsync();
    await using writer = await MqttJs.connected(broker, version);
    const sent = Array.from({ length: 200 }, (_, index) => `${index}`);
    for (const text of sent) await writer.client.publishAsync("queue", text, { qos: 1 });
    await using after = await MqttJs.connected(broker, version, lasting(version, "js"));
    const messages = await after.receive(sent.length);
    assert.deepEqual(
      messages.map(({ text }) => text),
      sent,
    );
    await writer.client.publishAsync("queue", "live", { qos: 2 });
    assert.equal((await after.next()).text, "live");
  });

  for (const qos of [1, 2] as const) {
    scenario(`a network that breaks again and again loses MQTT.js nothing at QoS ${qos} (${name})`, async () => {
      await using broker = await startTestBroker();
      await using reader = await MqttJs.connected(broker, version, {
        ...lasting(version, "reader"),
        reconnectPeriod: 5,
      });
      await reader.client.subscribeAsync("flaky", { qos });
      await using writer = await MqttJs.connected(broker, version, {
        ...lasting(version, "writer"),
        reconnectPeriod: 5,
      });
      const sent = Array.from({ length: 300 }, (_, index) => `${index}`);
      for (const [index, text] of sent.entries()) {
        const acknowledged = writer.client.publishAsync("flaky", text, { qos });
        // Every fiftieth message finds a broken line, on one side or the other.
        if (index % 50 === 20) writer.client.stream.destroy();
        if (index % 50 === 40) reader.client.stream.destroy();
        await acknowledged;
      }
      const got = new Set<string>();
      const order: string[] = [];
      while (got.size < sent.length) {
        const { text } = await reader.next();
        if (!got.has(text)) order.push(text);
        got.add(text);
      }
      assert.deepEqual(order, sent, "the first arrivals are in order");
      if (qos === 2) assert.deepEqual(reader.left, [], "a QoS 2 message came twice");
    });
  }

  scenario(`the will of an MQTT.js client that is cut off is published (${name})`, async () => {
    await using broker = await startTestBroker();
    await using watcher = await MqttJs.connected(broker, version);
    await watcher.client.subscribeAsync("wills/#", { qos: 1 });
    const will = (topic: string): IClientOptions["will"] => ({
      topic,
      payload: Buffer.from("gone"),
      qos: 1,
      retain: true,
    });
    const polite = await MqttJs.connected(broker, version, { will: will("wills/polite") });
    await polite.client.endAsync();
    await using lost = await MqttJs.connected(broker, version, { will: will("wills/lost") });
    lost.client.stream.destroy();
    const { topic, text, packet } = await watcher.next();
    assert.deepEqual([topic, text, packet.retain], ["wills/lost", "gone", false]);
    await using late = await MqttJs.connected(broker, version);
    await late.client.subscribeAsync("wills/#", { qos: 1 });
    assert.deepEqual([(await late.next()).topic, late.left.length], ["wills/lost", 0]);
  });

  scenario(`a second MQTT.js with the same client identifier takes over (${name})`, async () => {
    await using broker = await startTestBroker();
    await using first = await MqttJs.connected(broker, version, { clientId: "same" });
    const closed = first.closed();
    const told: unknown[] = [];
    first.client.on("disconnect", (packet) => told.push(packet.reasonCode));
    await using second = await MqttJs.connected(broker, version, { clientId: "same" });
    await closed;
    assert.deepEqual(told, version === 5 ? [0x8e] : []);
    await second.client.subscribeAsync("a", { qos: 1 });
    await second.client.publishAsync("a", "mine now", { qos: 1 });
    assert.equal((await second.next()).text, "mine now");
  });
}

scenario("the will of a 5.0 MQTT.js waits for its delay and is not sent when the client comes back", async () => {
  await using broker = await startTestBroker({}, { manualClock: true });
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("will", { qos: 1 });
  const options: IClientOptions = {
    ...lasting(5, "js"),
    keepalive: 0,
    will: { topic: "will", payload: Buffer.from("gone"), qos: 1, retain: false, properties: { willDelayInterval: 30 } },
  };
  await using first = await MqttJs.connected(broker, 5, options);
  first.client.stream.destroy();
  await settle(broker);
  await broker.advance(20_000);
  await using again = await MqttJs.connected(broker, 5, options);
  await broker.advance(60_000);
  await watcher.expectNothing();
  const cut = again.closed();
  again.client.stream.destroy();
  await cut;
  await settle(broker);
  await broker.advance(29_000);
  await watcher.expectNothing();
  await broker.advance(1_200);
  assert.equal((await watcher.receive()).payload.toString(), "gone");
});
