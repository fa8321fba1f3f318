import assert from "node:assert/strict";
import {
  onlyAkasa,
  packets,
  prop,
  properties,
  type PublishPacket,
  RawClient,
  settle,
  startTestBroker,
  type TestBroker,
  trap,
  type Version,
} from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { expectPublishRefused } from "../publish-refused.ts";
import { receiveMany, texts } from "../receive-many.ts";

const versions = [3, 4, 5] as const;
const names: Readonly<Record<Version, string>> = { 3: "MQTT 3.1", 4: "MQTT 3.1.1", 5: "MQTT 5.0" };

/** All messages that have come when what others did has had its effect; each is answered. */
async function everything(broker: TestBroker, client: RawClient): Promise<PublishPacket[]> {
  await settle(broker);
  await client.ping();
  const messages: PublishPacket[] = [];
  for (const packet of client.drain()) {
    assert.ok(packet.type === "publish");
    await client.acknowledge(packet);
    messages.push(packet);
  }
  return messages;
}

function identifiers(packet: PublishPacket): number[] {
  return properties(packet, prop.subscriptionIdentifier)
    .map(Number)
    .toSorted((a, b) => a - b);
}

for (const version of versions) {
  const name = names[version];

  trap(`${name}: overlapping subscriptions bring at least one copy at the highest QoS`, async () => {
    onlyAkasa("mosquitto 2.0.11 takes the QoS of the subscription it meets first");
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version);
    const publisher = await RawClient.connected(broker, version);
    for (const [filter, qos] of [
      ["a/+", 0],
      ["a/#", 2],
      ["a/b", 1],
    ] as const) {
      await client.subscribe(filter, { qos });
    }
    await publisher.publishAcked("a/b", "x", { qos: 2 });
    const copies = await everything(broker, client);
    assert.ok(copies.length === 1 || copies.length === 3, `${copies.length} copies`);
    assert.equal(Math.max(...copies.map(({ qos }) => qos)), 2);
  });

  trap(`${name}: wildcards match empty levels, and '#' its parent`, async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, version);
    for (const [filter, topic, matches] of [
      ["a/#", "a", true],
      ["a/+", "a/", true],
      ["a/+", "a", false],
      ["+/+", "/x", true],
      ["+", "/x", false],
      ["/+", "/x", true],
      ["a//b", "a/b", false],
      ["a/+/b", "a//b", true],
      ["#", "/", true],
      ["#", "$x/a", false],
      ["+/a", "$x/a", false],
      ["$x/#", "$x/a", true],
    ] as const) {
      const client = await RawClient.connected(broker, version);
      await client.subscribe(filter, { qos: 1 });
      await publisher.publishAcked(topic, "x");
      await client.ping();
      assert.equal(client.drain().length, matches ? 1 : 0, `${filter} and ${topic}`);
      await client.disconnect();
    }
  });

  trap(`${name}: UNSUBACK comes for what was never subscribed, with codes in 5.0 only`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version);
    await client.subscribe("a", { qos: 1 });
    assert.deepEqual((await client.unsubscribe("a", "never")).reasonCodes, version === 5 ? [0x00, 0x11] : []);
  });

  trap(`${name}: a delivery that has begun goes on after UNSUBSCRIBE`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version);
    const publisher = await RawClient.connected(broker, version);
    await client.subscribe("a", { qos: 2 });
    await publisher.publishAcked("a", "x", { qos: 2 });
    const { packetId } = await client.next("publish");
    await client.unsubscribe("a");
    client.send(packets.pubrec(packetId));
    assert.equal((await client.next("pubrel")).packetId, packetId);
    client.send(packets.pubcomp(packetId));
    await publisher.publishAcked("a", "x");
    await client.expectNothing();
  });

  trap(`${name}: $share groups work, beside the member's own plain subscription`, async () => {
    onlyAkasa("mosquitto 2.0.11 leaves one of the two copies out");
    await using broker = await startTestBroker();
    const members = [await RawClient.connected(broker, version), await RawClient.connected(broker, version)];
    for (const member of members) await member.subscribe("$share/g/t", { qos: 1 });
    await members[0]?.subscribe("t", { qos: 1 });
    const publisher = await RawClient.connected(broker, version);
    for (let number = 0; number < 10; number += 1) await publisher.publishAcked("t", `${number}`);
    const received = [];
    for (const member of members) received.push(texts(await everything(broker, member)));
    assert.equal(received.flat().length, 20);
    assert.equal(new Set(received[0]).size, 10, "the plain subscription brings every message");
  });

  trap(`${name}: $share is left by the full string only`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version);
    const publisher = await RawClient.connected(broker, version);
    await client.subscribe("$share/g/t", { qos: 1 });
    await client.unsubscribe("t", "$share/h/t", "$share/g/+");
    await publisher.publishAcked("t", "still");
    assert.equal((await client.receive()).payload.toString(), "still");
    await client.unsubscribe("$share/g/t");
    await publisher.publishAcked("t", "no more");
    await client.expectNothing();
  });

  trap(`${name}: members who are connected come first`, async () => {
    onlyAkasa("mosquitto 2.0.11 treats all members alike");
    await using broker = await startTestBroker();
    const away = await RawClient.connected(broker, version, lasting("away"));
    await away.subscribe("$share/g/t", { qos: 1 });
    await away.disconnect();
    const here = await RawClient.connected(broker, version);
    await here.subscribe("$share/g/t", { qos: 1 });
    const publisher = await RawClient.connected(broker, version);
    const numbers = Array.from({ length: 20 }, (_, index) => `${index}`);
    for (const text of numbers) await publisher.publishAcked("t", text);
    assert.deepEqual(texts(await receiveMany(here, numbers.length)), numbers);
    const back = await resumed(broker, "away", { version });
    await settle(broker);
    await back.expectNothing();
  });

  trap(`${name}: with nobody connected a shared message waits for a member with a session`, async () => {
    await using broker = await startTestBroker();
    const away = await RawClient.connected(broker, version, lasting("away"));
    await away.subscribe("$share/g/t", { qos: 1 });
    await away.disconnect();
    const publisher = await RawClient.connected(broker, version);
    await publisher.publishAcked("t", "waits");
    const back = await resumed(broker, "away", { version });
    assert.equal((await back.receive()).payload.toString(), "waits");
  });

  trap(`${name}: a QoS 1 message passes to another member when its member's session ends`, async () => {
    onlyAkasa("mosquitto 2.0.11 drops it");
    await using broker = await startTestBroker();
    const first = await RawClient.connected(broker, version);
    await first.subscribe("$share/g/t", { qos: 1 });
    const publisher = await RawClient.connected(broker, version);
    await publisher.publishAcked("t", "x");
    await first.next("publish");
    const second = await RawClient.connected(broker, version);
    await second.subscribe("$share/g/t", { qos: 1 });
    await second.expectNothing();
    await first.cut();
    assert.equal((await second.receive()).payload.toString(), "x");
    await settle(broker);
    await second.expectNothing();
  });

  trap(`${name}: PUBLISH to $SYS is not delivered, and the publisher is told as far as it can be`, async () => {
    onlyAkasa("mosquitto 2.0.11 has its own $SYS messages on the way");
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, version);
    await watcher.subscribe("$SYS/#", { qos: 1 });
    const publisher = await RawClient.connected(broker, version);
    for (const qos of [0, 1, 2]) publisher.publish("$SYS/broker/fake", "x", { qos, retain: true });
    const puback = await publisher.next("puback");
    assert.equal(puback.reasonCode, version === 5 ? 0x87 : 0);
    assert.equal((await publisher.next("pubrec")).reasonCode, version === 5 ? 0x87 : 0);
    await settle(broker);
    await watcher.expectNothing();
  });

  trap(`${name}: a will on $SYS is not delivered`, async () => {
    onlyAkasa("mosquitto 2.0.11 has its own $SYS messages on the way");
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, 5);
    await watcher.subscribe("$SYS/#", { qos: 1 });
    const client = await RawClient.open(broker, version);
    client.send(packets.connect({ version, clientId: "w", will: { topic: "$SYS/fake", payload: "x", retain: true } }));
    // Whether it was let in or not: now it is gone, without DISCONNECT.
    await client.cut();
    await settle(broker);
    await watcher.subscribe("$SYS/#", { qos: 1 });
    await settle(broker);
    await watcher.expectNothing();
  });
}

for (const [version, code] of [
  [4, 0x80],
  [5, 0x8f],
] as const) {
  trap(`${names[version]}: a filter that is refused does not take the others with it`, async () => {
    onlyAkasa("mosquitto 2.0.11 ends the connection at a bad filter");
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version);
    const filters = ["a", "b/#/c", "c"].map((filter) => ({ filter, qos: 1 }));
    assert.deepEqual((await client.subscribe(filters)).reasonCodes, [1, code, 1]);
    for (const topic of ["a", "c"]) await client.publishAcked(topic, topic);
    assert.deepEqual(texts(await receiveMany(client, 2)), ["a", "c"]);
  });
}

trap("MQTT 3.1: a filter that is refused is answered as if granted, and delivers nothing", async () => {
  await using broker = await startTestBroker({ shared_subscription_available: false });
  const client = await RawClient.connected(broker, 3);
  const { reasonCodes } = await client.subscribe([
    { filter: "$share/g/t", qos: 2 },
    { filter: "u", qos: 1 },
  ]);
  assert.equal(reasonCodes.length, 2);
  for (const code of reasonCodes) assert.ok([0, 1, 2].includes(code));
  await client.publishAcked("t", "x");
  await client.publishAcked("u", "y");
  assert.deepEqual(texts(await everything(broker, client)), ["y"]);
});

trap("a subscription identifier goes with a re-subscription that names none", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  for (const [list, expected] of [
    [[7], [7]],
    [[], []],
    [[8], [8]],
  ] as const) {
    await client.subscribe("a", { qos: 1, properties: list.map((value) => [prop.subscriptionIdentifier, value]) });
    await client.publishAcked("a", "x");
    assert.deepEqual(identifiers(await client.receive()), expected);
  }
});

trap("a subscription identifier is kept with the session, also for what was queued", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5, lasting("s"));
  await client.subscribe("a", { qos: 1, properties: [[prop.subscriptionIdentifier, 268_435_455]] });
  await client.disconnect();
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked("a", "queued");
  const again = await resumed(broker, "s");
  await publisher.publishAcked("a", "live");
  const messages = await receiveMany(again, 2);
  assert.deepEqual(texts(messages), ["queued", "live"]);
  assert.deepEqual(messages.map(identifiers), [[268_435_455], [268_435_455]]);
});

trap("subscription identifier 0, or two of them, end the connection", async () => {
  onlyAkasa("mosquitto 2.0.11 closes without a DISCONNECT, as it may");
  await using broker = await startTestBroker();
  for (const list of [[0], [1, 2]]) {
    const client = await RawClient.connected(broker, 5);
    const block = list.map((value) => [prop.subscriptionIdentifier, value] as const);
    client.send(packets.subscribe({ version: 5, packetId: 1, filters: [{ filter: "a" }], properties: block }));
    await client.expectDisconnect(0x82, 0x81);
  }
});

trap("by a shared subscription comes the receiver's own identifier only", async () => {
  await using broker = await startTestBroker();
  const members = [];
  for (const identifier of [1, 2]) {
    const client = await RawClient.connected(broker, 5);
    await client.subscribe("$share/g/t", { qos: 1, properties: [[prop.subscriptionIdentifier, identifier]] });
    members.push(client);
  }
  const publisher = await RawClient.connected(broker, 5);
  for (let count = 0; count < 10; count += 1) await publisher.publishAcked("t", "x");
  let sum = 0;
  for (const [index, member] of members.entries()) {
    const messages = await everything(broker, member);
    for (const message of messages) assert.deepEqual(identifiers(message), [index + 1]);
    sum += messages.length;
  }
  assert.equal(sum, 10);
});

trap("No Local knows its client after a reconnect too", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5, lasting("self"));
  await client.subscribe("echo", { qos: 1, noLocal: true });
  await client.disconnect();
  const again = await resumed(broker, "self");
  await again.publishAcked("echo", "own");
  const other = await RawClient.connected(broker, 5);
  await other.publishAcked("echo", "foreign");
  assert.deepEqual(texts(await everything(broker, again)), ["foreign"]);
});

trap("No Local keeps a client's own will away from it", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("will", { qos: 1 });
  const client = await RawClient.connected(broker, 5, {
    ...lasting("self"),
    will: { topic: "will", payload: "own", qos: 1 },
  });
  await client.subscribe("will", { qos: 1, noLocal: true });
  await client.cut();
  assert.equal((await watcher.receive()).payload.toString(), "own");
  const again = await resumed(broker, "self");
  await settle(broker);
  await again.expectNothing();
});

trap("of overlapping subscriptions only those without No Local bring back a client's own message", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.connected(broker, 5);
  const block = (identifier: number): readonly (readonly [number, number])[] => [
    [prop.subscriptionIdentifier, identifier],
  ];
  await client.subscribe("a/b", { qos: 2, noLocal: true, properties: block(1) });
  await client.subscribe("a/+", { qos: 1, properties: block(2) });
  await client.publishAcked("a/b", "own", { qos: 2 });
  const copies = await everything(broker, client);
  assert.deepEqual(copies.flatMap(identifiers), [2]);
  assert.equal(copies[0]?.qos, 1);
});

trap("shared messages in flight come back to a member only once", async () => {
  await using broker = await startTestBroker();
  const first = await RawClient.connected(broker, 5, lasting("first"));
  await first.subscribe("$share/g/t", { qos: 1 });
  const publisher = await RawClient.connected(broker, 5);
  const sent = Array.from({ length: 10 }, (_, index) => `${index}`);
  for (const text of sent) await publisher.publishAcked("t", text);
  const second = await RawClient.connected(broker, 5);
  await second.subscribe("$share/g/t", { qos: 1 });
  await first.cut();
  const handedOver = texts(await everything(broker, second));
  const back = await resumed(broker, "first");
  const kept = texts(await everything(broker, back));
  assert.deepEqual([...handedOver, ...kept].toSorted(), sent);
});

trap("many topic levels are refused by the limit, not by the stack", async () => {
  onlyAkasa("the limit is ours");
  await using broker = await startTestBroker();
  const deep = "a/".repeat(30_000);
  const publisher = await RawClient.connected(broker, 5);
  publisher.publish(deep, "x", { qos: 1 });
  await expectPublishRefused(publisher, 0x90);
  const subscriber = await RawClient.connected(broker, 5);
  assert.deepEqual((await subscriber.subscribe(deep)).reasonCodes, [0x8f]);
  assert.deepEqual((await subscriber.subscribe("+/".repeat(30_000))).reasonCodes, [0x8f]);
});
