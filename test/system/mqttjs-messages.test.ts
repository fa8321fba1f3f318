import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { startTestBroker } from "../kit/mod.ts";
import { MqttJs } from "./mqttjs-client.ts";
import { passwordFile, passwordLine } from "./password-file.ts";
import { versionNames, versions } from "./protocol-versions.ts";
import { scenario } from "./scenario.ts";
import { waysToStart } from "./ways-to-start.ts";

const levels = [0, 1, 2] as const;

for (const [startName, start] of waysToStart) {
  for (const version of versions) {
    scenario(`MQTT.js clients talk at QoS 0, 1 and 2 (${versionNames[version]}, ${startName})`, async () => {
      await using broker = await start();
      await using reader = await MqttJs.connected(broker, version);
      await using writer = await MqttJs.connected(broker, version);
      await reader.client.subscribeAsync("greetings/+", { qos: 2 });
      for (const qos of levels) await writer.client.publishAsync(`greetings/${qos}`, `hello ${qos}`, { qos });
      const messages = await reader.receive(3);
      assert.deepEqual(
        messages.map(({ topic, text, packet }) => [topic, text, packet.qos, packet.retain]),
        levels.map((qos) => [`greetings/${qos}`, `hello ${qos}`, qos, false]),
      );
    });
  }
}

for (const version of versions) {
  const name = versionNames[version];

  for (const other of versions) {
    if (other === version) continue;
    scenario(`an ${name} message of MQTT.js reaches one that speaks ${versionNames[other]}`, async () => {
      await using broker = await startTestBroker();
      await using reader = await MqttJs.connected(broker, other);
      await using writer = await MqttJs.connected(broker, version);
      await reader.client.subscribeAsync("a/#", { qos: 1 });
      await writer.client.publishAsync("a/b", "across versions", { qos: 2 });
      const { topic, text, packet } = await reader.next();
      assert.deepEqual([topic, text, packet.qos], ["a/b", "across versions", 1]);
    });
  }

  for (const qos of levels) {
    scenario(`a thousand messages reach MQTT.js in order, each once, at QoS ${qos} (${name})`, async () => {
      await using broker = await startTestBroker();
      await using reader = await MqttJs.connected(broker, version);
      await using writer = await MqttJs.connected(broker, version);
      await reader.client.subscribeAsync("many", { qos });
      const sent = Array.from({ length: 1000 }, (_, index) => `${index}`);
      await Promise.all(sent.map((text) => writer.client.publishAsync("many", text, { qos })));
      const messages = await reader.receive(sent.length);
      assert.deepEqual(
        messages.map(({ text }) => text),
        sent,
      );
      await reader.client.publishAsync("many", "last", { qos });
      assert.equal((await reader.next()).text, "last");
      assert.ok(messages.every(({ packet }) => !packet.dup));
    });
  }

  scenario(`MQTT.js gets the retained message, and none when it was removed (${name})`, async () => {
    await using broker = await startTestBroker();
    await using writer = await MqttJs.connected(broker, version);
    await writer.client.publishAsync("kept", "still here", { qos: 1, retain: true });
    await using reader = await MqttJs.connected(broker, version);
    await reader.client.subscribeAsync("kept", { qos: 1 });
    const { text, packet } = await reader.next();
    assert.deepEqual([text, packet.retain], ["still here", true]);
    await writer.client.publishAsync("kept", "", { qos: 1, retain: true });
    assert.deepEqual([(await reader.next()).text, reader.left.length], ["", 0]);
    await using late = await MqttJs.connected(broker, version);
    await late.client.subscribeAsync("kept", { qos: 1 });
    await late.client.publishAsync("kept", "live", { qos: 1 });
    assert.equal((await late.next()).text, "live");
  });

  scenario(`payloads of a megabyte go through MQTT.js unchanged, in both directions (${name})`, async () => {
    await using broker = await startTestBroker({ max_packet_size_server: 2_000_000 });
    await using client = await MqttJs.connected(broker, version);
    await client.client.subscribeAsync("large", { qos: 2 });
    const payload = randomBytes(1024 * 1024);
    for (const qos of levels) {
      await client.client.publishAsync("large", payload, { qos });
      const received = await client.next();
      assert.ok(payload.equals(received.payload), "the payload has changed");
    }
  });

  scenario(`any bytes, and none, are a payload (${name})`, async () => {
    await using broker = await startTestBroker();
    await using client = await MqttJs.connected(broker, version);
    await client.client.subscribeAsync("bytes", { qos: 1 });
    for (const payload of [
      Buffer.alloc(0),
      Buffer.from([0]),
      Buffer.from([0xff, 0xfe, 0x00, 0xc0]),
      Buffer.alloc(300, 7),
    ]) {
      await client.client.publishAsync("bytes", payload, { qos: 1 });
      assert.deepEqual((await client.next()).payload, payload);
    }
  });

  scenario(`MQTT.js unsubscribes and gets no more (${name})`, async () => {
    await using broker = await startTestBroker();
    await using client = await MqttJs.connected(broker, version);
    await client.client.subscribeAsync(["a", "b"], { qos: 1 });
    await client.client.unsubscribeAsync("a");
    await client.client.publishAsync("a", "not wanted", { qos: 1 });
    await client.client.publishAsync("b", "wanted", { qos: 1 });
    assert.equal((await client.next()).text, "wanted");
    assert.deepEqual(client.left, []);
  });

  scenario(`MQTT.js gets in with the right password only (${name})`, async () => {
    await using users = await passwordFile(passwordLine("ann", "secret", "sha512-pkbdf2"));
    await using broker = await startTestBroker(users.overrides);
    await using _client = await MqttJs.connected(broker, version, { username: "ann", password: "secret" });
    await assert.rejects(
      MqttJs.connected(broker, version, { username: "ann", password: "wrong" }),
      /bad user ?name or password|not authorized/i,
    );
  });

  scenario(`MQTT.js keeps an idle connection alive with its pings (${name})`, async () => {
    await using broker = await startTestBroker();
    await using client = await MqttJs.connected(broker, version, { keepalive: 1 });
    const pongs = Promise.withResolvers<void>();
    let count = 0;
    client.client.on("packetreceive", (packet) => {
      if (packet.cmd === "pingresp") count += 1;
      if (count === 2) pongs.resolve();
    });
    client.client.on("close", () => pongs.reject(new Error("the broker closed the connection")));
    await pongs.promise;
    assert.ok(client.client.connected);
  });
}
