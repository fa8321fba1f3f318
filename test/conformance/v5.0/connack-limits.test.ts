import assert from "node:assert/strict";
import {
  type ConnackPacket,
  onlyAkasa,
  packets,
  prop,
  type Property,
  property,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";
import { expectEnded } from "./expect-ended.ts";
import { userFile } from "./user-file.ts";

const version = 5;

async function greeted(broker: TestBroker): Promise<{ client: RawClient; connack: ConnackPacket }> {
  const client = await RawClient.open(broker, version);
  const connack = await client.connect();
  assert.equal(connack.reasonCode, 0);
  return { client, connack };
}

statement("5.0", "MQTT-3.2.2-9", "a broker that announces no maximum QoS takes QoS 2 to the end", async () => {
  await using broker = await startTestBroker();
  const { client, connack } = await greeted(broker);
  assert.ok([0, 1, undefined].includes(property(connack, prop.maximumQos) as number | undefined));
  if (property(connack, prop.maximumQos) !== undefined) return;
  assert.equal((await client.publishAcked("qos", "x", { qos: 2 })).type, "pubcomp");
});

for (const maximum of [0, 1] as const) {
  statement("5.0", "MQTT-3.2.2-9", `a broker without QoS ${maximum + 1} says so`, async () => {
    await using broker = await startTestBroker({ max_allowed_qos: maximum });
    const { connack } = await greeted(broker);
    assert.equal(property(connack, prop.maximumQos), maximum);
  });

  statement(
    "5.0",
    "MQTT-3.2.2-10",
    `a broker without QoS ${maximum + 1} accepts subscriptions of any QoS`,
    async () => {
      await using broker = await startTestBroker({ max_allowed_qos: maximum });
      const { client } = await greeted(broker);
      for (const qos of [0, 1, 2]) {
        const { reasonCodes } = await client.subscribe(`qos/${qos}`, { qos });
        assert.deepEqual(reasonCodes, [Math.min(qos, maximum)]);
      }
      client.publish("qos/2", "x", { qos: maximum });
      assert.equal((await client.take("publish")).qos, maximum);
    },
  );

  statement("5.0", "MQTT-3.2.2-11", `a message above maximum QoS ${maximum} ends the connection`, async () => {
    await using broker = await startTestBroker({ max_allowed_qos: maximum });
    const { client: watcher } = await greeted(broker);
    await watcher.subscribe("qos/#");
    for (let qos = maximum + 1; qos <= 2; qos += 1) {
      const { client } = await greeted(broker);
      client.publish("qos/a", "x", { qos });
      await expectEnded(client, 0x9b);
    }
    await settle(broker);
    await watcher.expectNothing();
  });
}

statement("5.0", "MQTT-3.2.2-14", "where nothing is retained, a retained message ends the connection", async () => {
  await using broker = await startTestBroker({ retain_available: false });
  const { client: watcher } = await greeted(broker);
  await watcher.subscribe("retain/#");
  const { client, connack } = await greeted(broker);
  assert.equal(property(connack, prop.retainAvailable), 0);
  client.publish("retain/a", "x", { retain: true });
  await expectEnded(client, 0x9a);
  await settle(broker);
  await watcher.expectNothing();
  await watcher.subscribe("retain/#");
  await watcher.expectNothing();
});

/** A PUBLISH of QoS 0 that is exactly so long. No packet is 130 bytes long: the length field grows by one there. */
function publishOf(size: number): Buffer {
  const topic = "size/a";
  const header = size - 2 < 128 ? 2 : size - 3 < 16_384 ? 3 : size - 4 < 2_097_152 ? 4 : 5;
  const payload = Buffer.alloc(size - header - 2 - topic.length - 1, 0x78);
  const packet = packets.publish({ version, topic, payload });
  assert.equal(packet.length, size);
  return packet;
}

async function expectSizeLimit(broker: TestBroker): Promise<void> {
  const { client, connack } = await greeted(broker);
  const maximum = property(connack, prop.maximumPacketSize);
  if (typeof maximum !== "number") return;
  const watcher = await RawClient.connected(broker, version);
  await watcher.subscribe("size/a");
  client.send(publishOf(maximum));
  assert.equal((await watcher.receive()).raw.length, maximum);
  client.send(publishOf(maximum + 1));
  await expectEnded(client, 0x95);
  await settle(broker);
  await watcher.expectNothing();
}

statement("5.0", "MQTT-3.2.2-15", "the announced maximum packet size is the one that holds", async () => {
  await using broker = await startTestBroker();
  await expectSizeLimit(broker);
});

for (const maximum of [64, 128, 131, 200, 20_000]) {
  statement("5.0", "MQTT-3.2.2-15", `a packet of ${maximum} bytes is taken where that is the maximum`, async () => {
    await using broker = await startTestBroker({ max_packet_size_server: maximum });
    const { connack } = await greeted(broker);
    assert.equal(property(connack, prop.maximumPacketSize), maximum);
    await expectSizeLimit(broker);
  });
}

statement("5.0", "MQTT-3.2.2-15", "a packet that is too large is refused before its body came", async () => {
  await using broker = await startTestBroker({ max_packet_size_server: 1000 });
  const { client } = await greeted(broker);
  client.send(packets.raw("30 ff ff ff 7f 00 01"));
  await expectEnded(client, 0x95);
});

statement("5.0", "MQTT-3.2.2-17", "a topic alias above the broker's maximum ends the connection", async () => {
  await using broker = await startTestBroker();
  const { client, connack } = await greeted(broker);
  const maximum = Number(property(connack, prop.topicAliasMaximum) ?? 0);
  if (maximum === 65_535) return;
  await client.subscribe("alias/a");
  if (maximum > 0) {
    client.publish("alias/a", "1", { properties: [[prop.topicAlias, maximum]] });
    assert.equal((await client.receive()).payload.toString(), "1");
  }
  client.publish("alias/a", "2", { properties: [[prop.topicAlias, maximum + 1]] });
  await expectEnded(client, 0x94);
});

statement("5.0", "MQTT-3.2.2-17", "the configured topic alias maximum is announced and holds", async () => {
  await using broker = await startTestBroker({ topic_alias_max: 3 });
  const { client, connack } = await greeted(broker);
  assert.equal(property(connack, prop.topicAliasMaximum), 3);
  await client.subscribe("alias/a");
  client.publish("alias/a", "1", { properties: [[prop.topicAlias, 3]] });
  client.publish("", "2", { properties: [[prop.topicAlias, 3]] });
  assert.equal((await client.receive()).payload.toString(), "1");
  assert.equal((await client.receive()).payload.toString(), "2");
  client.publish("alias/a", "3", { properties: [[prop.topicAlias, 4]] });
  await expectEnded(client, 0x94);
});

statement("5.0", "MQTT-3.2.2-18", "without a topic alias maximum every alias ends the connection", async () => {
  await using broker = await startTestBroker({ topic_alias_max: 0 });
  const { client, connack } = await greeted(broker);
  assert.equal(property(connack, prop.topicAliasMaximum) ?? 0, 0);
  client.publish("alias/a", "x", { properties: [[prop.topicAlias, 1]] });
  await expectEnded(client, 0x94);
});

/** Whatever the client's limit, what comes is within it, and the connection is either accepted or ended. */
async function expectWithinEveryLimit(broker: TestBroker, connect: (limit: Property) => Buffer): Promise<void> {
  const limits = Array.from({ length: 60 }, (_, index) => index + 1);
  await Promise.all(
    limits.map(async (limit) => {
      const client = await RawClient.open(broker, version);
      client.send(connect([prop.maximumPacketSize, limit]));
      const connack = await client.next("connack").catch(() => undefined);
      assert.ok(
        (connack?.raw.length ?? 0) <= limit,
        `a CONNACK of ${connack?.raw.length} bytes, the limit is ${limit}`,
      );
      if (connack === undefined || connack.reasonCode !== 0) assert.deepEqual(await client.expectClosed(), []);
    }),
  );
}

statement(
  "5.0",
  ["MQTT-3.2.2-19", "MQTT-3.2.2-20"],
  "CONNACK keeps within the client's maximum packet size",
  async () => {
    onlyAkasa("mosquitto 2.0.11 does not look at the limit of a client that it greets");
    await using broker = await startTestBroker();
    await expectWithinEveryLimit(broker, (limit) => packets.connect({ version, clientId: "", properties: [limit] }));
  },
);

statement("5.0", ["MQTT-3.2.2-19", "MQTT-3.2.2-20"], "a CONNACK that refuses keeps within the limit", async () => {
  await using users = await userFile({ anna: "secret" });
  await using broker = await startTestBroker(users.overrides);
  await expectWithinEveryLimit(broker, (limit) =>
    packets.connect({ version, clientId: "", userName: "anna", password: "wrong", properties: [limit] }),
  );
});

statement("5.0", "MQTT-3.2.2-19", "a refusal for its method keeps within the limit", async () => {
  onlyAkasa("mosquitto 2.0.11 does not look at the limit of a client that it greets");
  await using broker = await startTestBroker();
  await expectWithinEveryLimit(broker, (limit) =>
    packets.connect({ version, clientId: "", properties: [limit, [prop.authenticationMethod, "X-NONE"]] }),
  );
});
