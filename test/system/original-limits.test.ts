import assert from "node:assert/strict";
import {
  onlyAkasa,
  type ConfigOverrides,
  packets,
  prop,
  property,
  type PublishPacket,
  RawClient,
  settle,
  startTestBroker,
} from "../kit/mod.ts";
import { lasting } from "./lasting.ts";
import { scenario } from "./scenario.ts";

scenario(
  "a client gets no more messages at once than its Receive Maximum, whatever the broker would send",
  async () => {
    await using broker = await startTestBroker({ max_inflight_client: 8 });
    const reader = await RawClient.connected(broker, 5, {
      ...lasting(5, "reader"),
      properties: [
        [prop.sessionExpiryInterval, 300],
        [prop.receiveMaximum, 4],
      ],
    });
    await reader.subscribe("xyz/1", { qos: 1 });
    const publisher = await RawClient.connected(broker, 4);
    for (let number = 1; number <= 16; number += 1) await publisher.publishAcked("xyz/1", `${number}`);
    await settle(broker);
    const waiting: PublishPacket[] = [];
    const take = async (count: number): Promise<void> => {
      for (let taken = 0; taken < count; taken += 1) waiting.push(await reader.next("publish"));
      await reader.expectNothing();
    };
    await take(4);
    for (let number = 1; number <= 16; number += 1) {
      const { packetId, payload } = waiting.shift() as PublishPacket;
      assert.equal(payload.toString(), `${number}`);
      reader.send(packets.puback(packetId));
      await take(number <= 12 ? 1 : 0);
    }
  },
);

scenario("a client that sends more than the broker's Receive Maximum at once is disconnected with 0x93", async () => {
  await using broker = await startTestBroker({ max_inflight_server: 4 });
  const client = await RawClient.connected(broker, 5);
  for (let packetId = 1; packetId <= 4; packetId += 1) {
    client.publish("abc/2", `${packetId}`, { qos: 2, packetId });
    assert.ok((await client.next("pubrec")).reasonCode < 0x80);
  }
  client.publish("abc/2", "5", { qos: 2, packetId: 5 });
  await client.expectDisconnect(0x93);
});

/**
 * DISCONNECT with a session expiry that CONNECT did not have: a mistake that the broker answers with a reason string.
 */
const mistake = packets.disconnect({ reasonCode: 0, properties: [[prop.sessionExpiryInterval, 10]] });

scenario(
  "a message larger than the client's Maximum Packet Size is not sent to it, one that just fits is",
  async () => {
    onlyAkasa("mosquitto 2.0.11 sends it");
    await using broker = await startTestBroker();
    const size = 64;
    const reader = await RawClient.connected(broker, 5, { properties: [[prop.maximumPacketSize, size]] });
    await reader.subscribe("abc/1");
    const publisher = await RawClient.connected(broker, 5);
    const empty = packets.publish({ version: 5, topic: "abc/1" }).length;
    publisher.publish("abc/1", "x".repeat(size - empty + 1));
    publisher.publish("abc/1", "y".repeat(size - empty));
    const message = await reader.receive();
    assert.equal(message.payload.toString(), "y".repeat(size - empty));
    assert.equal(message.raw.length, size);
    await reader.expectNothing();
  },
);

scenario(
  "a DISCONNECT leaves its reason string out where that would exceed the client's Maximum Packet Size",
  async () => {
    await using broker = await startTestBroker();
    const tight = await RawClient.connected(broker, 5, { properties: [[prop.maximumPacketSize, 20]] });
    tight.send(mistake);
    const bare = await tight.next("disconnect");
    assert.deepEqual([bare.reasonCode, bare.properties], [0x82, []]);
    const wide = await RawClient.connected(broker, 5, { properties: [[prop.maximumPacketSize, 200]] });
    wide.send(mistake);
    const told = await wide.next("disconnect");
    assert.equal(told.reasonCode, 0x82);
    assert.ok(String(property(told, prop.reasonString)).length > 0);
  },
);

scenario("a client that sends a packet above max_packet_size_server is disconnected with 0x95", async () => {
  const largest = packets.publish({ version: 5, topic: "abc/1", payload: "x".repeat(40) });
  await using broker = await startTestBroker({ max_packet_size_server: largest.length });
  const client = await RawClient.open(broker, 5);
  const connack = await client.connect({ clientId: "c" });
  assert.equal(property(connack, prop.maximumPacketSize), largest.length);
  client.send(largest);
  await client.expectNothing();
  client.publish("abc/1", "x".repeat(41));
  await client.expectDisconnect(0x95);
});

scenario("CONNACK tells a 5.0 client every limit that the configuration sets", async () => {
  await using broker = await startTestBroker({
    max_packet_size_server: 90,
    max_keep_alive: 30,
    max_allowed_qos: 1,
    max_inflight_client: 11,
    max_inflight_server: 13,
    max_session_expiry_interval: 60,
    topic_alias_max: 40,
    retain_available: false,
    shared_subscription_available: false,
    subscription_id_available: false,
    wildcard_subscription_available: false,
  });
  const client = await RawClient.open(broker, 5);
  const connack = await client.connect({
    clientId: "",
    keepAlive: 32,
    properties: [
      [prop.sessionExpiryInterval, 62],
      [prop.receiveMaximum, 15],
      [prop.maximumPacketSize, 200],
      [prop.topicAliasMaximum, 22],
    ],
  });
  assert.deepEqual([connack.reasonCode, connack.sessionPresent], [0, false]);
  assert.ok(property(connack, prop.assignedClientIdentifier) !== undefined);
  const told = Object.fromEntries(connack.properties.filter(([id]) => id !== prop.assignedClientIdentifier));
  assert.deepEqual(told, {
    [prop.sessionExpiryInterval]: 60,
    [prop.receiveMaximum]: 13,
    [prop.maximumQos]: 1,
    [prop.serverKeepAlive]: 30,
    [prop.maximumPacketSize]: 90,
    [prop.topicAliasMaximum]: 40,
    [prop.retainAvailable]: 0,
    [prop.wildcardSubscriptionAvailable]: 0,
    [prop.subscriptionIdentifierAvailable]: 0,
    [prop.sharedSubscriptionAvailable]: 0,
  });
});

const refusedWills: readonly [string, ConfigOverrides, object, number][] = [
  ["a retained will, where nothing is retained", { retain_available: false }, { qos: 1, retain: true }, 0x9a],
  ["a will above the maximum QoS", { max_allowed_qos: 1 }, { qos: 2, retain: true }, 0x9b],
];
for (const [what, overrides, fields, code] of refusedWills) {
  scenario(`CONNECT is refused over ${what}, and nothing of the client stays behind`, async () => {
    await using broker = await startTestBroker(overrides);
    const client = await RawClient.open(broker, 5);
    const refused = await client.connect({ clientId: "id", will: { topic: "topic/1", payload: "x", ...fields } });
    assert.deepEqual([refused.reasonCode, refused.sessionPresent], [code, false]);
    await client.expectClosed();
    const again = await RawClient.open(broker, 5);
    assert.equal((await again.connect({ clientId: "id", cleanStart: false })).sessionPresent, false);
  });
}

const refusedSubscriptions: readonly [string, ConfigOverrides, string, number][] = [
  ["a subscription identifier", { subscription_id_available: false }, "abc/0", 0xa1],
  ["a shared subscription", { shared_subscription_available: false }, "$share/abc/0", 0x9e],
  ["a wildcard subscription", { wildcard_subscription_available: false }, "abc/+", 0xa2],
];
for (const [what, overrides, filter, code] of refusedSubscriptions) {
  scenario(`${what} is refused with its own code where it is switched off`, async () => {
    await using broker = await startTestBroker(overrides);
    const client = await RawClient.connected(broker, 5);
    const properties = code === 0xa1 ? ([[prop.subscriptionIdentifier, 33]] as const) : [];
    client.send(packets.subscribe({ version: 5, packetId: 1, filters: [{ filter, qos: 2 }], properties }));
    // Sections 3.2.2.3.11 to 3.2.2.3.13 ask for DISCONNECT, section 3.9.3 has the same codes for SUBACK.
    const answer = await client.next();
    if (answer.type === "suback") assert.deepEqual(answer.reasonCodes, [code]);
    else assert.deepEqual([answer.type, "reasonCode" in answer && answer.reasonCode], ["disconnect", code]);
  });
}

scenario("nothing is retained where that is switched off", async () => {
  await using broker = await startTestBroker({ retain_available: false });
  const client = await RawClient.connected(broker, 5);
  client.publish("abc/0", "retained message", { retain: true });
  await client.expectDisconnect(0x9a);
  const old = await RawClient.connected(broker, 4);
  old.publish("abc/0", "retained message", { retain: true });
  await old.expectClosed();
  const reader = await RawClient.connected(broker, 5);
  await reader.subscribe("abc/0", { qos: 2 });
  await reader.expectNothing();
});
