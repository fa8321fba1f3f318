import assert from "node:assert/strict";
import {
  type ConfigOverrides,
  onlyAkasa,
  packets,
  prop,
  property,
  RawClient,
  settle,
  startTestBroker,
  type TestBroker,
  trap,
  type Version,
} from "../../kit/mod.ts";
import { refusal } from "../v5.0/expect-refused.ts";
import { userFile } from "../v5.0/user-file.ts";

const versions = [3, 4, 5] as const;
const names: Readonly<Record<Version, string>> = { 3: "3.1", 4: "3.1.1", 5: "5.0" };

/** The bytes end the connection: a 5.0 client is told one of the codes, others nothing. Another broker may say less. */
async function expectEnd(client: RawClient, ...codes: readonly number[]): Promise<void> {
  if (process.env["TEST_TARGET"] === undefined) return client.expectDisconnect(...codes);
  const last = await client.expectClosed();
  assert.ok(last.length === 0 || (last.length === 1 && last[0]?.type === "disconnect"));
}

async function sendTo(broker: TestBroker, version: Version, packet: Buffer): Promise<RawClient> {
  const client = await RawClient.connected(broker, version);
  client.send(packet);
  return client;
}

for (const version of versions) {
  trap(`${names[version]}: a remaining length of more than four bytes ends the connection`, async () => {
    await using broker = await startTestBroker();
    for (const hex of ["30 80 80 80 80 01", "30 ff ff ff ff 7f", "c0 80 80 80 80 00", "82 80 80 80 80 80 80 01"]) {
      await expectEnd(await sendTo(broker, version, packets.raw(hex)), 0x81);
    }
  });

  trap(`${names[version]}: the fifth byte of a remaining length need not come`, async () => {
    onlyAkasa("mosquitto 2.0.11 waits for it");
    await using broker = await startTestBroker();
    await expectEnd(await sendTo(broker, version, packets.raw("30 80 80 80 80")), 0x81);
  });

  trap(`${names[version]}: bytes behind the last field of a packet end the connection`, async () => {
    await using broker = await startTestBroker();
    const v5 = version === 5;
    const subscription = v5 ? "82 09 00 01 00 00 01 61 00 00 01" : "82 08 00 01 00 01 61 00 00 01";
    const removal = v5 ? "a2 07 00 01 00 00 01 61 00" : "a2 06 00 01 00 01 61 00";
    for (const hex of [subscription, removal]) await expectEnd(await sendTo(broker, version, packets.raw(hex)), 0x81);
    onlyAkasa("mosquitto 2.0.11 does not look behind the last field of some packets");
    const answers = v5
      ? ["40 05 00 01 00 00 00", "50 05 00 01 00 00 00", "62 05 00 01 00 00 00", "70 05 00 01 00 00 00"]
      : ["40 03 00 01 00", "50 03 00 01 00", "62 03 00 01 00", "70 03 00 01 00"];
    for (const hex of [...answers, "c0 01 00", v5 ? "e0 03 00 00 00" : "e0 01 00"]) {
      await expectEnd(await sendTo(broker, version, packets.raw(hex)), 0x81);
    }
  });

  trap(`${names[version]}: bytes behind the last field of a CONNECT refuse it`, async () => {
    await using broker = await startTestBroker();
    for (const hex of ["00", "00 01 61", "00 00"]) {
      await refusal(broker, packets.connect({ version, clientId: "surplus", surplus: packets.raw(hex) }), version);
    }
  });

  trap(`${names[version]}: a packet that does not exist ends the connection`, async () => {
    await using broker = await startTestBroker();
    for (const hex of version === 5 ? ["00 00", "0f 00"] : ["00 00", "0f 00", "f0 00", "f0 02 00 00"]) {
      await expectEnd(await sendTo(broker, version, packets.raw(hex)), 0x81, 0x82);
    }
  });

  trap(`${names[version]}: a packet that only a server sends ends the connection`, async () => {
    onlyAkasa("mosquitto 2.0.11 lets some of them pass: bridges get them");
    await using broker = await startTestBroker();
    const v5 = version === 5;
    const fromServers = v5
      ? ["20 03 00 00 00", "90 04 00 01 00 00", "b0 04 00 01 00 00", "d0 00"]
      : ["20 02 00 00", "90 03 00 01 00", "b0 02 00 01", "d0 00"];
    for (const hex of fromServers) await expectEnd(await sendTo(broker, version, packets.raw(hex)), 0x81, 0x82);
  });

  trap(`${names[version]}: a packet that is cut off by its own length ends the connection`, async () => {
    if (version === 3) onlyAkasa("mosquitto 2.0.11 answers a 3.1 SUBSCRIBE that has no filter");
    await using broker = await startTestBroker();
    const whole = packets.subscribe({ version, packetId: 1, filters: [{ filter: "abc", qos: 1 }] });
    for (let length = 0; length < whole.length - 2; length += 1) {
      const packet = packets.frame(0x82, whole.subarray(2, 2 + length));
      await expectEnd(await sendTo(broker, version, packet), 0x81, 0x82);
    }
  });

  trap(`${names[version]}: packets and TCP segments have nothing to do with each other`, async () => {
    await using broker = await startTestBroker();
    for (const size of [1, 2, 7, 100, 10_000]) {
      const client = await RawClient.open(broker, version);
      const clientId = `pieces${size}`;
      await client.sendSplit(
        Buffer.concat([
          packets.connect({ version, clientId }),
          packets.subscribe({ version, packetId: 1, filters: [{ filter: clientId }] }),
          packets.publish({ version, topic: clientId, payload: "x".repeat(300) }),
          packets.pingreq(),
        ]),
        size,
      );
      await client.next("connack");
      await client.take("suback");
      assert.equal((await client.take("publish")).payload.length, 300);
      await client.take("pingresp");
    }
  });

  trap(`${names[version]}: half a packet is nothing: neither before the end nor at it`, async () => {
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, 5);
    await watcher.subscribe("half/#");
    const client = await RawClient.connected(broker, version);
    const packet = packets.publish({ version, topic: "half/a", payload: "x".repeat(50), retain: true });
    client.send(packet.subarray(0, packet.length - 1));
    await settle(broker);
    await watcher.expectNothing();
    await client.cut();
    await settle(broker);
    await watcher.expectNothing();
  });

  trap(`${names[version]}: a wrong password is answered with a code of the version, or not at all`, async () => {
    await using users = await userFile({ anna: "secret" });
    await using broker = await startTestBroker(users.overrides);
    for (const who of [{ userName: "anna", password: "wrong" }, { userName: "bert", password: "secret" }, {}]) {
      const answer = await refusal(broker, packets.connect({ version, clientId: "p", ...who }), version);
      const codes = version === 5 ? [0x86, 0x87, 0x8c] : [4, 5];
      assert.ok(answer === undefined || codes.includes(answer.reasonCode), `${answer?.reasonCode}`);
    }
  });

  trap(`${names[version]}: a packet above the broker's limit ends the connection`, async () => {
    await using broker = await startTestBroker({ max_packet_size_server: 100 });
    const client = await sendTo(broker, version, packets.publish({ version, topic: "a", payload: "x".repeat(200) }));
    await client.expectDisconnect(0x95);
    // Its body did not come and is not waited for.
    await (await sendTo(broker, version, packets.raw("30 ff ff ff 7f"))).expectDisconnect(0x95);
  });
}

trap("5.0: a CONNECT above the broker's limit is refused", async () => {
  await using broker = await startTestBroker({ max_packet_size_server: 100 });
  const answer = await refusal(broker, packets.connect({ version: 5, clientId: "x".repeat(200) }));
  assert.ok(answer === undefined || answer.reasonCode === 0x95);
});

trap("5.0: a CONNECT that is refused is told why", async () => {
  onlyAkasa("the standard leaves it to the broker");
  await using broker = await startTestBroker();
  for (const [code, packet] of [
    [0x81, packets.connect({ version: 5, flags: 0x03 })],
    [0x81, packets.connect({ version: 5, surplus: packets.raw("00") })],
    [0x82, packets.connect({ version: 5, properties: [[prop.receiveMaximum, 0]] })],
    [0x82, packets.connect({ version: 5, properties: packets.raw("06 21 00 05 21 00 05") })],
    [0x84, packets.connect({ version: 5, protocolLevel: 6 })],
    [0x8c, packets.connect({ version: 5, properties: [[prop.authenticationMethod, "X"]] })],
    [0x90, packets.connect({ version: 5, will: { topic: "a/#" } })],
  ] as const) {
    assert.equal((await refusal(broker, packet))?.reasonCode, code, packet.toString("hex"));
  }
});

trap("5.0: more unfinished QoS 1 and 2 messages than Receive Maximum end the connection with 0x93", async () => {
  await using broker = await startTestBroker({ max_inflight_server: 2 });
  const client = await RawClient.open(broker, 5);
  assert.equal(property(await client.connect(), prop.receiveMaximum), 2);
  for (const packetId of [1, 2]) {
    client.publish("a", "x", { qos: 2, packetId });
    await client.next("pubrec");
  }
  // One that is finished gives its place back; what is at QoS 0 needs none.
  client.send(packets.pubrel(1));
  await client.next("pubcomp");
  client.publish("a", "x", { qos: 0 });
  client.publish("a", "x", { qos: 2, packetId: 3 });
  await client.next("pubrec");
  client.publish("a", "x", { qos: 2, packetId: 4 });
  await client.expectDisconnect(0x93);
});

trap("5.0: codes of failure in a client's acknowledgements do not end the connection", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  const publisher = await RawClient.connected(broker, 5);
  await client.subscribe("ack/a", { qos: 2 });
  for (const reasonCode of [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]) {
    await publisher.publishAcked("ack/a", "1", { qos: 1 });
    client.send(packets.puback((await client.next("publish")).packetId, { reasonCode }));
    await publisher.publishAcked("ack/a", "2", { qos: 2 });
    client.send(packets.pubrec((await client.next("publish")).packetId, { reasonCode }));
    await client.expectNothing();
  }
});

trap("5.0: acknowledgements for packet ids that nobody uses do not end the connection", async () => {
  onlyAkasa("mosquitto 2.0.11 answers them with code 0");
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  client.send(packets.pubrel(11), packets.pubrec(12));
  assert.equal((await client.next("pubcomp")).reasonCode, 0x92);
  assert.equal((await client.next("pubrel")).reasonCode, 0x92);
  client.send(packets.pubcomp(13), packets.puback(14));
  await client.expectNothing();
});

interface Feature {
  readonly name: string;
  readonly off: ConfigOverrides;
  readonly announced: number;
  readonly used: Buffer;
  readonly code: number;
}

const version = 5;
const features: readonly Feature[] = [
  {
    name: "QoS 2",
    off: { max_allowed_qos: 1 },
    announced: prop.maximumQos,
    used: packets.publish({ version, topic: "a", qos: 2, packetId: 1 }),
    code: 0x9b,
  },
  {
    name: "retained messages",
    off: { retain_available: false },
    announced: prop.retainAvailable,
    used: packets.publish({ version, topic: "a", retain: true }),
    code: 0x9a,
  },
  {
    name: "wildcard subscriptions",
    off: { wildcard_subscription_available: false },
    announced: prop.wildcardSubscriptionAvailable,
    used: packets.subscribe({ version, packetId: 1, filters: [{ filter: "a/+" }] }),
    code: 0xa2,
  },
  {
    name: "wildcards in shared subscriptions",
    off: { wildcard_subscription_available: false },
    announced: prop.wildcardSubscriptionAvailable,
    used: packets.subscribe({ version, packetId: 1, filters: [{ filter: "$share/g/#" }] }),
    code: 0xa2,
  },
  {
    name: "shared subscriptions",
    off: { shared_subscription_available: false },
    announced: prop.sharedSubscriptionAvailable,
    used: packets.subscribe({ version, packetId: 1, filters: [{ filter: "$share/g/a" }] }),
    code: 0x9e,
  },
  {
    name: "subscription identifiers",
    off: { subscription_id_available: false },
    announced: prop.subscriptionIdentifierAvailable,
    used: packets.subscribe({
      version,
      packetId: 1,
      filters: [{ filter: "a" }],
      properties: [[prop.subscriptionIdentifier, 1]],
    }),
    code: 0xa1,
  },
];

for (const { name, off, announced, used, code } of features) {
  trap(`5.0: a broker without ${name} says so, and refuses them with 0x${code.toString(16)}`, async () => {
    await using broker = await startTestBroker(off);
    const client = await RawClient.open(broker, version);
    assert.equal(property(await client.connect(), announced), announced === prop.maximumQos ? 1 : 0);
    client.send(used);
    const answer = await client.next();
    // For a subscription the standard has the code in both packets.
    if (answer.type === "suback") assert.deepEqual(answer.reasonCodes, [code]);
    else assert.ok(answer.type === "disconnect" && answer.reasonCode === code, answer.type);
    if (answer.type === "disconnect") assert.deepEqual(await client.expectClosed(), []);
    else await client.expectNothing();
  });

  trap(`5.0: a broker with ${name} takes them`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.open(broker, version);
    assert.ok([undefined, 1].includes(property(await client.connect(), announced) as number | undefined));
    client.send(used);
    await client.ping();
    for (const answer of client.drain()) {
      if (answer.type === "suback") assert.deepEqual(answer.reasonCodes, [0]);
      else if (answer.type === "pubrec") assert.ok(answer.reasonCode < 0x80);
      else assert.fail(answer.type);
    }
  });
}
