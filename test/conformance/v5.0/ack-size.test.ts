import assert from "node:assert/strict";
import {
  packets,
  prop,
  properties,
  property,
  RawClient,
  type ServerPacket,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";

/*
 * Reason Strings and User Properties only explain. Each packet that may have them is asked for by a client that takes
 * packets of any size, by one for which that packet is just not too large, and by one whose Maximum Packet Size is a
 * byte less. The kit fails any test in which a packet exceeds the client's maximum (server-rules.ts).
 */

/** Makes the broker send the packet that is looked at. */
type Ask = (client: RawClient) => Promise<ServerPacket>;

/** The settings under which a CONNACK has no property that a small Maximum Packet Size would not let through. */
const terse = { topic_alias_max: 0, max_inflight_server: 65_535, max_retained_messages: 0 } as const;

async function connectedWith(broker: TestBroker, maximumPacketSize: number): Promise<RawClient> {
  return RawClient.connected(broker, 5, { properties: [[prop.maximumPacketSize, maximumPacketSize]] });
}

/** The least Maximum Packet Size with which a client can connect at all. */
async function connackSize(broker: TestBroker): Promise<number> {
  const client = await RawClient.open(broker, 5);
  return (await client.connect()).raw.length;
}

/** The packet always comes with its code, and leaves out what would make it too large. */
async function expectShortened(ask: Ask): Promise<void> {
  await using broker = await startTestBroker(terse);
  const explained = await ask(await RawClient.connected(broker, 5));
  const least = await connackSize(broker);
  const fitting = await ask(await connectedWith(broker, Math.max(explained.raw.length, least)));
  assert.deepEqual(fitting.raw, explained.raw);
  if (explained.properties.length === 0) return;
  assert.ok(explained.raw.length > least, "the CONNACK is larger, so the packet cannot be made too large");
  const short = await ask(await connectedWith(broker, explained.raw.length - 1));
  assert.ok(short.raw.length < explained.raw.length);
  assert.equal(property(short, prop.reasonString), undefined);
  assert.deepEqual(properties(short, prop.userProperty), []);
  assert.deepEqual(codes(short), codes(explained));
}

function codes(packet: ServerPacket): unknown {
  if ("reasonCodes" in packet) return packet.reasonCodes;
  return "reasonCode" in packet ? packet.reasonCode : undefined;
}

async function refusedPublish(client: RawClient, qos: number): Promise<ServerPacket> {
  client.publish("kept", "x", { qos, retain: true });
  const answer = await client.next(qos === 1 ? "puback" : "pubrec");
  assert.equal(answer.reasonCode, 0x97);
  return answer;
}

statement("5.0", ["MQTT-3.4.2-2", "MQTT-3.4.2-3"], "a PUBACK that would be too large comes without its reason", () =>
  expectShortened((client) => refusedPublish(client, 1)),
);

statement("5.0", ["MQTT-3.5.2-2", "MQTT-3.5.2-3"], "a PUBREC that would be too large comes without its reason", () =>
  expectShortened((client) => refusedPublish(client, 2)),
);

statement("5.0", ["MQTT-3.6.2-2", "MQTT-3.6.2-3"], "a PUBREL that would be too large comes without its reason", () =>
  expectShortened(async (client) => {
    client.send(packets.pubrec(4711));
    const answer = await client.next("pubrel");
    assert.equal(answer.reasonCode, 0x92);
    return answer;
  }),
);

statement("5.0", ["MQTT-3.7.2-2", "MQTT-3.7.2-3"], "a PUBCOMP that would be too large comes without its reason", () =>
  expectShortened(async (client) => {
    client.send(packets.pubrel(4711));
    const answer = await client.next("pubcomp");
    assert.equal(answer.reasonCode, 0x92);
    return answer;
  }),
);

statement("5.0", ["MQTT-3.9.2-1", "MQTT-3.9.2-2"], "a SUBACK that would be too large comes without its reason", () =>
  expectShortened(async (client) => {
    const answer = await client.subscribe("a/#/b");
    assert.deepEqual(answer.reasonCodes, [0x8f]);
    return answer;
  }),
);

statement(
  "5.0",
  ["MQTT-3.11.2-1", "MQTT-3.11.2-2"],
  "an UNSUBACK that would be too large comes without its reason",
  () =>
    expectShortened(async (client) => {
      const answer = await client.unsubscribe("a/#/b");
      assert.deepEqual(answer.reasonCodes, [0x8f]);
      return answer;
    }),
);
