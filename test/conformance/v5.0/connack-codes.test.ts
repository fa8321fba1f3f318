import assert from "node:assert/strict";
import { packets, prop, type Property, RawClient, startTestBroker, statement, type TestBroker } from "../../kit/mod.ts";
import { refusal } from "./expect-refused.ts";

const version = 5;
const unknownMethod: Property = [prop.authenticationMethod, "X-NONE"];

/** Table 3-1 of section 3.2.2.2, the failures. */
const failures = [
  0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b, 0x9c,
  0x9d, 0x9f,
];

/** CONNECT packets that a broker refuses, each for another reason. */
const refused: readonly (readonly [name: string, packet: Buffer])[] = [
  ["an unknown method", packets.connect({ version, properties: [unknownMethod] })],
  ["the reserved flag", packets.connect({ version, flags: 0x03 })],
  ["a will QoS of 3", packets.connect({ version, will: { topic: "a", qos: 3 } })],
  ["a will topic with a wildcard", packets.connect({ version, will: { topic: "a/#" } })],
  ["a Receive Maximum of 0", packets.connect({ version, properties: [[prop.receiveMaximum, 0]] })],
  ["a Maximum Packet Size of 0", packets.connect({ version, properties: [[prop.maximumPacketSize, 0]] })],
  ["a client id that is no text", packets.connect({ version, clientId: packets.raw("c3 28") })],
  ["surplus bytes", packets.connect({ version, surplus: packets.raw("00 00") })],
];

for (const [name, packet] of refused) {
  statement("5.0", ["MQTT-3.2.2-7", "MQTT-3.2.2-8"], `${name}: a CONNACK of the table, and the end`, async () => {
    await using broker = await startTestBroker();
    const answer = await refusal(broker, packet);
    if (answer !== undefined) assert.ok(failures.includes(answer.reasonCode), `0x${answer.reasonCode.toString(16)}`);
  });
}

statement("5.0", "MQTT-3.2.2-8", "a retained will and a QoS that are not offered get codes of the table", async () => {
  await using broker = await startTestBroker({ max_allowed_qos: 0, retain_available: false });
  for (const will of [
    { topic: "a", retain: true },
    { topic: "a", qos: 1 },
    { topic: "a", qos: 2, retain: true },
  ]) {
    const answer = await refusal(broker, packets.connect({ version, will }));
    assert.ok(answer === undefined || failures.includes(answer.reasonCode));
  }
});

async function storeSession(broker: TestBroker, clientId: string): Promise<void> {
  const properties: readonly Property[] = [[prop.sessionExpiryInterval, 3600]];
  const client = await RawClient.connected(broker, version, { clientId, properties });
  await client.subscribe("a", { qos: 1 });
  await client.disconnect();
}

statement("5.0", "MQTT-3.2.2-6", "a refused CONNECT is not told of the stored session", async () => {
  await using broker = await startTestBroker();
  await storeSession(broker, "stored");
  const which = { version, clientId: "stored", cleanStart: false } as const;
  for (const packet of [
    packets.connect({ ...which, properties: [unknownMethod] }),
    packets.connect({ ...which, will: { topic: "a/#" } }),
    packets.connect({ ...which, surplus: packets.raw("00") }),
  ]) {
    const answer = await refusal(broker, packet);
    assert.equal(answer?.raw[2] ?? 0, 0);
  }
  const client = await RawClient.open(broker, version);
  assert.equal((await client.connect({ clientId: "stored", cleanStart: false })).sessionPresent, true);
});
