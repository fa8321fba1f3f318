import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../base/mod.ts";
import { type Qos, topicName } from "../protocol/mod.ts";
import { subscribe, TestSubscriber } from "./fuzz/test-subscriber.ts";
import { Router } from "./router.ts";
import type { SharedGroup, SharedMessage, SharedStrategy } from "./shared-group.ts";
import type { Subscription } from "./subscription.ts";

const strategies: readonly SharedStrategy[] = [
  "Random",
  "HashClientId",
  "HashTopicName",
  "round_robin",
  "sticky",
  "least_inflight",
];

interface Crew {
  readonly group: SharedGroup;
  readonly members: readonly Subscription[];
  readonly clients: readonly TestSubscriber[];
  readonly router: Router;
}

function crewOf(size: number): Crew {
  const router = new Router({ topicCacheEntries: 16, topicLevelsMax: 10, separateCopies: false });
  const clients = Array.from({ length: size }, (_, index) => new TestSubscriber(`m${index}`));
  const members = clients.map((client) => subscribe(router, client, "$share/g/a", { qos: 1 }));
  return { group: members[0]?.group as SharedGroup, members, clients, router };
}

function messageOf(publisherId: string, topic: string, qos: Qos = 1): SharedMessage {
  return { publisherId, topic: { name: topicName(topic) }, qos };
}

/** Who gets each of so many messages from one publisher to one topic. */
function dispatch(crew: Crew, strategy: SharedStrategy, count: number, publisher = "p", topic = "a"): string[] {
  const choice = { strategy, random: new SeededRandom(1) };
  const message = messageOf(publisher, topic);
  return Array.from({ length: count }, () => crew.group.choose(choice, message, null)?.subscriber.clientId ?? "nobody");
}

function setOnline({ group, members, clients }: Crew, index: number, online: boolean): void {
  (clients[index] as TestSubscriber).online = online;
  group.refresh(members[index] as Subscription);
}

test("Random gives every member its share, and the same again for the same seed", () => {
  const crew = crewOf(4);
  const chosen = dispatch(crew, "Random", 4000);
  for (const { clientId } of crew.clients) {
    const share = chosen.filter((each) => each === clientId).length;
    assert.ok(share > 850 && share < 1150, `${clientId}: ${share}`);
  }
  assert.deepEqual(dispatch(crew, "Random", 100), chosen.slice(0, 100));
});

test("HashClientId gives all messages of one publisher to one member, and publishers to different ones", () => {
  const crew = crewOf(4);
  for (const topic of ["a", "b"]) assert.equal(new Set(dispatch(crew, "HashClientId", 20, "p1", topic)).size, 1);
  const all = Array.from({ length: 100 }, (_, index) => dispatch(crew, "HashClientId", 1, `p${index}`)[0]);
  assert.equal(new Set(all).size, 4);
});

test("HashTopicName gives all messages of one topic to one member, and topics to different ones", () => {
  const crew = crewOf(4);
  for (const topic of ["a/1", "a/2"]) {
    const chosen = ["p", "q"].flatMap((publisher) => dispatch(crew, "HashTopicName", 10, publisher, topic));
    assert.equal(new Set(chosen).size, 1);
  }
  const all = Array.from({ length: 100 }, (_, index) => dispatch(crew, "HashTopicName", 1, "p", `a/${index}`)[0]);
  assert.equal(new Set(all).size, 4);
});

test("round_robin goes round", () => {
  const crew = crewOf(3);
  const chosen = dispatch(crew, "round_robin", 9);
  assert.deepEqual(chosen.slice(0, 3).toSorted(), ["m0", "m1", "m2"]);
  assert.deepEqual(chosen.slice(3, 6), chosen.slice(0, 3));
  assert.deepEqual(chosen.slice(6, 9), chosen.slice(0, 3));
});

test("sticky stays with one member as long as it is online", () => {
  const crew = crewOf(3);
  const [first] = dispatch(crew, "sticky", 1);
  assert.deepEqual(new Set(dispatch(crew, "sticky", 20)), new Set([first]));
  setOnline(crew, Number(first?.slice(1)), false);
  const second = new Set(dispatch(crew, "sticky", 20));
  assert.equal(second.size, 1);
  assert.equal(second.has(first as string), false);
});

test("sticky stays with its member though others come and go", () => {
  const crew = crewOf(4);
  const [first] = dispatch(crew, "sticky", 1);
  const others = crew.clients.map((_, index) => index).filter((index) => `m${index}` !== first);
  for (const index of others) {
    setOnline(crew, index, false);
    assert.deepEqual(dispatch(crew, "sticky", 2), [first, first]);
  }
  for (const index of others) {
    setOnline(crew, index, true);
    assert.deepEqual(dispatch(crew, "sticky", 2), [first, first]);
  }
});

test("least_inflight takes the member with the least to do, and equals by turns", () => {
  const crew = crewOf(3);
  for (const [index, client] of crew.clients.entries()) client.load = 5 - index;
  assert.deepEqual(new Set(dispatch(crew, "least_inflight", 10)), new Set(["m2"]));
  for (const client of crew.clients) client.load = 1;
  assert.equal(new Set(dispatch(crew, "least_inflight", 3)).size, 3);
});

for (const strategy of strategies) {
  test(`${strategy}: members that are online come first`, () => {
    const crew = crewOf(5);
    for (const index of [0, 1, 3, 4]) setOnline(crew, index, false);
    for (let publisher = 0; publisher < 20; publisher++) {
      assert.deepEqual(dispatch(crew, strategy, 1, `p${publisher}`, `t${publisher}`), ["m2"]);
    }
    setOnline(crew, 2, false);
    assert.notEqual(dispatch(crew, strategy, 1)[0], "nobody", "a session that waits for its client is left");
  });

  test(`${strategy}: what one member left goes to another`, () => {
    const crew = crewOf(3);
    const choice = { strategy, random: new SeededRandom(3) };
    const [leaver] = crew.clients;
    assert.ok(leaver !== undefined);
    for (let message = 0; message < 30; message++) {
      const chosen = crew.group.choose(choice, messageOf(`p${message}`, `t${message}`), leaver);
      assert.ok(chosen !== null && chosen.subscriber !== leaver);
    }
  });

  test(`${strategy}: of those that are away only one that can keep the message is chosen`, () => {
    const router = new Router({ topicCacheEntries: 16, topicLevelsMax: 10, separateCopies: false });
    const members = [0, 1, 0, 0].map((qos, index) => {
      const client = new TestSubscriber(`m${index}`);
      client.online = false;
      return subscribe(router, client, "$share/g/a", { qos: qos as Qos });
    });
    const group = members[0]?.group ?? assert.fail();
    const choice = { strategy, random: new SeededRandom(3) };
    for (let message = 0; message < 20; message++) {
      assert.equal(group.choose(choice, messageOf(`p${message}`, `t${message}`, 1), null), members[1]);
      assert.equal(group.choose(choice, messageOf(`p${message}`, `t${message}`, 0), null), null);
    }
  });

  test(`${strategy}: what the only member left goes to nobody`, () => {
    const crew = crewOf(1);
    const choice = { strategy, random: new SeededRandom(3) };
    assert.equal(crew.group.choose(choice, messageOf("p", "t"), crew.clients[0] ?? null), null);
  });

  test(`${strategy}: members that come and go are never mixed up`, () => {
    const crew = crewOf(6);
    const random = new SeededRandom(9);
    const subscribed = new Set(crew.members.keys());
    const members = [...crew.members];
    for (let step = 0; step < 2000; step++) {
      const index = random.below(6);
      const client = crew.clients[index] as TestSubscriber;
      if (!subscribed.has(index)) {
        members[index] = subscribe(crew.router, client, "$share/g/a", { qos: 1 });
        subscribed.add(index);
      } else if (subscribed.size > 1 && random.below(3) === 0) {
        crew.router.unsubscribe(members[index] as Subscription);
        subscribed.delete(index);
      } else {
        client.online = !client.online;
        crew.group.refresh(members[index] as Subscription);
      }
      assert.equal(crew.group.size, subscribed.size);
      const online = [...subscribed].filter((each) => crew.clients[each]?.online);
      assert.equal(crew.group.hasOnline, online.length > 0);
      const chosen = crew.group.choose({ strategy, random }, messageOf(`p${step}`, "t"), null);
      const allowed = online.length > 0 ? online : [...subscribed];
      assert.ok(
        allowed.some((each) => members[each] === chosen),
        `step ${step}`,
      );
    }
  });
}
