import assert from "node:assert/strict";
import { fence, onlyAkasa, RawClient, startTestBroker, type TestBroker } from "../kit/mod.ts";
import { scenario } from "./scenario.ts";

const messageCount = 100;

async function subscribed(broker: TestBroker, filters: readonly string[]): Promise<RawClient[]> {
  const members: RawClient[] = [];
  for (const filter of filters) {
    const member = await RawClient.connected(broker, 5);
    await member.subscribe(filter);
    members.push(member);
  }
  return members;
}

/** What each member has received when all that the publishers sent has been delivered. */
async function received(publisher: RawClient, members: readonly RawClient[]): Promise<string[][]> {
  await fence(publisher, ...members);
  // A member with # sees the fences of the others as well.
  return members.map((member) =>
    member.drain().flatMap((packet) => {
      assert.equal(packet.type, "publish");
      return packet.topic.startsWith("xyz") ? [`${packet.topic} ${packet.payload.toString()}`] : [];
    }),
  );
}

/** Publishes a hundred messages to `xyz` and returns what each of the members got. */
async function shareOut(filters: readonly string[]): Promise<string[][]> {
  await using broker = await startTestBroker();
  const members = await subscribed(broker, filters);
  const publisher = await RawClient.connected(broker, 5);
  for (let number = 0; number < messageCount; number += 1) publisher.publish("xyz", `${number}`);
  return await received(publisher, members);
}

/** These members together got every message exactly once, in order each, and each got its part. */
function expectShared(...members: readonly (readonly string[])[]): void {
  const numbers = members.map((messages) => messages.map((message) => Number(message.split(" ")[1])));
  const all = numbers.flat().toSorted((left, right) => left - right);
  assert.deepEqual(
    all,
    Array.from({ length: messageCount }, (_, index) => index),
  );
  for (const own of numbers) {
    assert.deepEqual(
      own,
      own.toSorted((left, right) => left - right),
      "out of order",
    );
    // The chance that a fair draw gives somebody fewer than five of a hundred is below one in a million.
    assert.ok(own.length >= 5, `a member got only ${own.length} of ${messageCount}`);
  }
}

scenario("a shared group gets each message once, spread over its members", async () => {
  onlyAkasa("mosquitto takes its members in turn, and the test is about chance");
  const [first = [], second = [], third = [], other] = await shareOut([
    "$share/one/xyz",
    "$share/one/xyz",
    "$share/one/xyz",
    "$share/one/def/xxx",
  ]);
  expectShared(first, second, third);
  assert.deepEqual(other, []);
});

scenario("two shared groups get each message once each", async () => {
  const [first = [], second = [], third = [], fourth = []] = await shareOut([
    "$share/one/xyz",
    "$share/one/xyz",
    "$share/two/xyz",
    "$share/two/xyz",
  ]);
  expectShared(first, second);
  expectShared(third, fourth);
});

scenario("ordinary subscriptions get every message beside a shared group", async () => {
  const [first = [], second = [], third = [], fourth = []] = await shareOut([
    "$share/one/xyz",
    "$share/one/xyz",
    "+",
    "#",
  ]);
  expectShared(first, second);
  expectShared(third);
  expectShared(fourth);
});

scenario("members of one share name with different filters are different groups", async () => {
  const [first = [], second = [], third = [], fourth = []] = await shareOut([
    "$share/one/xyz",
    "$share/one/xyz",
    "$share/one/+",
    "$share/one/+",
  ]);
  expectShared(first, second);
  expectShared(third, fourth);
});

scenario("HashTopicName brings all messages of a topic to the same member", async () => {
  await using broker = await startTestBroker({ shared_subscription_mode: "HashTopicName" });
  const members = await subscribed(
    broker,
    Array.from({ length: 4 }, () => "$share/one/+"),
  );
  const publisher = await RawClient.connected(broker, 5);
  for (let number = 0; number < messageCount; number += 1) publisher.publish(`xyz-${number % 20}`, `${number}`);
  const lists = await received(publisher, members);
  assert.equal(lists.flat().length, messageCount);
  const memberOf = new Map<string, number>();
  for (const [index, list] of lists.entries()) {
    for (const message of list) {
      const topic = message.split(" ")[0] as string;
      assert.equal(memberOf.get(topic) ?? index, index, `${topic} went to two members`);
      memberOf.set(topic, index);
    }
  }
  assert.equal(memberOf.size, 20);
  assert.ok(new Set(memberOf.values()).size >= 2, "all topics went to one member");
});

scenario("HashClientId brings all messages of a publisher to the same member", async () => {
  await using broker = await startTestBroker({ shared_subscription_mode: "HashClientId" });
  const members = await subscribed(
    broker,
    Array.from({ length: 4 }, () => "$share/one/xyz"),
  );
  const used = new Set<number>();
  for (let number = 0; number < 64; number += 1) {
    const publisher = await RawClient.connected(broker, 5, { clientId: `pub-${number}` });
    for (let count = 0; count < 8; count += 1) publisher.publish("xyz", `${count}`);
    const lists = await received(publisher, members);
    const getting = lists.flatMap((list, index) => (list.length > 0 ? [index] : []));
    assert.equal(getting.length, 1, `the messages of pub-${number} went to ${getting.length} members`);
    assert.deepEqual(
      lists[getting[0] as number],
      Array.from({ length: 8 }, (_, index) => `xyz ${index}`),
    );
    used.add(getting[0] as number);
    await publisher.disconnect();
  }
  assert.ok(used.size >= 3, `64 publishers went to ${used.size} of 4 members`);
});
