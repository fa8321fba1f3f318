import assert from "node:assert/strict";
import {
  fence,
  mosquittoPub,
  mosquittoSub,
  onlyAkasa,
  packets,
  paho,
  prop,
  property,
  properties,
  RawClient,
  settle,
  startTestBroker,
  trap,
} from "./mod.ts";

trap("a QoS 2 message with all its properties goes through both its handshakes", async () => {
  await using broker = await startTestBroker();
  const subscriber = await RawClient.connected(broker, 5);
  const publisher = await RawClient.connected(broker, 5);
  await subscriber.subscribe("a/+", { qos: 2, properties: [[prop.subscriptionIdentifier, 300]] });
  const done = await publisher.publishAcked("a/b", "x", {
    qos: 2,
    properties: [
      [prop.userProperty, ["k", "1"]],
      [prop.userProperty, ["k", "2"]],
      [prop.correlationData, Buffer.from([0, 255])],
      [prop.contentType, "text/plain"],
    ],
  });
  assert.equal(done.type, "pubcomp");
  const message = await subscriber.receive();
  assert.equal(message.qos, 2);
  assert.deepEqual(properties(message, prop.userProperty), [
    ["k", "1"],
    ["k", "2"],
  ]);
  assert.deepEqual(property(message, prop.correlationData), Buffer.from([0, 255]));
  assert.equal(property(message, prop.subscriptionIdentifier), 300);
  await subscriber.expectNothing();
});

trap("a session of 3.1 and of 3.1.1 is resumed after a cut, and its will is sent", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("will/#", { qos: 1 });
  for (const version of [3, 4] as const) {
    const clientId = `resumed${version}`;
    const first = await RawClient.connected(broker, version, {
      clientId,
      cleanStart: false,
      will: { topic: `will/${version}`, payload: "gone", qos: 1 },
    });
    await first.subscribe(`queue/${version}`, { qos: 1 });
    await first.cut();
    assert.equal((await watcher.receive()).topic, `will/${version}`);
    await watcher.publishAcked(`queue/${version}`, "kept");
    const second = await RawClient.open(broker, version);
    assert.equal((await second.connect({ clientId, cleanStart: false })).sessionPresent, version === 4);
    assert.equal((await second.receive()).payload.toString(), "kept");
    await second.disconnect();
  }
  await settle(broker);
  await watcher.expectNothing();
});

trap("a taken over 5.0 client is told so", async () => {
  await using broker = await startTestBroker();
  onlyAkasa("mosquitto 2.0.11 closes the old connection without a DISCONNECT");
  const old = await RawClient.connected(broker, 5, { clientId: "twice" });
  await RawClient.connected(broker, 5, { clientId: "twice" });
  await old.expectDisconnect(0x8e);
});

trap("packets cut into single bytes are understood", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, 5);
  const bytes = [
    packets.connect({ version: 5, clientId: "bytes" }),
    packets.subscribe({ version: 5, packetId: 9, filters: [{ filter: "a" }, { filter: "b", qos: 2 }] }),
    packets.publish({ version: 5, topic: "a", payload: "1" }),
  ];
  await client.sendSplit(Buffer.concat(bytes));
  assert.equal((await client.next("connack")).reasonCode, 0);
  assert.deepEqual((await client.take("suback", { packetId: 9 })).reasonCodes, [0, 2]);
  assert.equal((await client.receive()).topic, "a");
});

trap("a client that stops reading gets what waited when it reads again", async () => {
  await using broker = await startTestBroker();
  const reader = await RawClient.connected(broker, 4);
  const publisher = await RawClient.connected(broker, 4);
  await reader.subscribe("a");
  reader.pauseReading();
  publisher.publish("a", "1");
  await settle(broker);
  assert.deepEqual(reader.drain(), []);
  reader.resumeReading();
  assert.equal((await reader.receive()).payload.toString(), "1");
  await fence(publisher, reader);
  await reader.expectNothing();
});

trap("mosquitto_sub and mosquitto_pub run against the broker", async () => {
  await using broker = await startTestBroker();
  const address = ["-h", broker.host, "-p", String(broker.port)];
  await using sub = mosquittoSub([...address, "-d", "-t", "real/#", "-C", "1"]);
  await sub.line(/Subscribed/);
  const pub = await mosquittoPub([...address, "-t", "real/a", "-m", "hello"]).finished;
  assert.equal(pub.exitCode, 0, pub.errors);
  assert.match((await sub.finished).output, /^hello$/m);
});

trap("paho runs against the broker", async () => {
  await using broker = await startTestBroker();
  const client = await paho(
    `
import sys, paho.mqtt.client as mqtt
client = mqtt.Client("py", protocol=mqtt.MQTTv5)
client.on_connect = lambda c, u, f, rc, p: c.subscribe("py/a")
client.on_subscribe = lambda c, u, mid, rc, p: c.publish("py/a", sys.argv[2])
client.on_message = lambda c, u, m: (print(m.payload.decode()), c.disconnect())
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_forever()
`,
    [String(broker.port), "from python"],
  );
  const { exitCode, output, errors } = await client.finished;
  assert.equal(exitCode, 0, errors);
  assert.match(output, /from python/);
});
